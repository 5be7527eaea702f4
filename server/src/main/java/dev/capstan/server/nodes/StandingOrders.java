package dev.capstan.server.nodes;

import dev.capstan.server.store.Change;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.WatchedStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What operators say of nodes, for the partitions that do not keep it: the rows of the first
 * partition as the replica here has applied them. Safe for any thread.
 */
public final class StandingOrders implements WatchedStore.Listener {
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile Map<String, NodeOrders> orders = Map.of();

  @Override
  public void replaced(Store store) {
    Map<String, NodeOrders> read = new HashMap<>();
    NodeRows.readAll(store).forEach(row -> note(read, row));
    publish(read);
  }

  @Override
  public void changed(Store store, List<Change> changes) {
    Map<String, NodeOrders> read = new HashMap<>(orders);
    for (Change change : changes) {
      switch (change) {
        case Change.Put put -> {
          if (!NodeRows.isEpoch(put.key())) {
            note(read, NodeRows.read(put.value()));
          }
        }
        case Change.Delete delete -> read.remove(NodeRows.id(delete.key()));
        case Change.DeleteRange _ -> {
          replaced(store);
          return;
        }
      }
    }
    publish(read);
  }

  private static void note(Map<String, NodeOrders> read, NodeRows.Row row) {
    if (row.orders().equals(NodeOrders.NONE)) {
      read.remove(row.profile().id());
    } else {
      read.put(row.profile().id(), row.orders());
    }
  }

  /** Tells the listeners if something else is said than before. */
  private void publish(Map<String, NodeOrders> read) {
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
