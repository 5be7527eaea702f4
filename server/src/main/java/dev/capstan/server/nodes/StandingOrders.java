package dev.capstan.server.nodes;

import dev.capstan.server.store.Store;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What operators say of nodes, for the partitions that do not keep it: the rows of the first
 * partition as the replica here has applied them. Safe for any thread.
 */
public final class StandingOrders {
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile Map<String, NodeOrders> orders = Map.of();

  /** Reads the rows, and tells the listeners if something else is said. */
  public void load(Store store) {
    Map<String, NodeOrders> read = new HashMap<>();
    for (NodeRows.Row row : NodeRows.readAll(store)) {
      if (!row.orders().equals(NodeOrders.NONE)) {
        read.put(row.profile().id(), row.orders());
      }
    }
    if (!read.equals(orders)) {
      orders = Map.copyOf(read);
      listeners.forEach(Runnable::run);
    }
  }

  /** Who hears of changes, on the thread that applies: must be quick. */
  void onChange(Runnable listener) {
    listeners.add(listener);
  }

  NodeOrders of(String node) {
    return orders.getOrDefault(node, NodeOrders.NONE);
  }
}
