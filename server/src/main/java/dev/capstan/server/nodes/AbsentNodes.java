package dev.capstan.server.nodes;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Nodes without a session here: those that departed, and those that a former leader had and that
 * may come back. Bounded. Guarded by the lock of {@link NodeDirectory}.
 */
final class AbsentNodes {
  private final int remembered;
  private final Map<String, KnownNode> known = new LinkedHashMap<>();
  private final Map<String, NodeRows.Row> awaited = new HashMap<>();
  private long until;

  /**
   * @param remembered how many are kept
   */
  AbsentNodes(int remembered) {
    this.remembered = remembered;
  }

  /**
   * Begins with what is stored. A node that the former leader had counts as lost until it comes
   * back.
   *
   * @param awaitUntil when those that did not come back are overdue
   */
  void begin(List<NodeRows.Row> stored, long awaitUntil) {
    clear();
    until = awaitUntil;
    for (NodeRows.Row row : stored) {
      if (row.status() == NodeStatus.ACTIVE) {
        awaited.put(row.profile().id(), row);
      }
      NodeStatus status = row.status() == NodeStatus.LEFT ? NodeStatus.LEFT : NodeStatus.LOST;
      known.put(row.profile().id(), KnownNode.of(row.with(status)));
    }
  }

  /** Those that should have come back by now; each is told once. */
  List<NodeRows.Row> overdue(long now) {
    if (awaited.isEmpty() || now - until < 0) {
      return List.of();
    }
    List<NodeRows.Row> overdue = List.copyOf(awaited.values());
    awaited.clear();
    return overdue;
  }

  void add(KnownNode node) {
    known.put(node.profile().id(), node);
    if (known.size() > remembered) {
      known.remove(known.keySet().iterator().next());
    }
  }

  void replace(KnownNode node) {
    known.replace(node.profile().id(), node);
  }

  void forget(String id) {
    known.remove(id);
    awaited.remove(id);
  }

  Collection<KnownNode> all() {
    return known.values();
  }

  void clear() {
    known.clear();
    awaited.clear();
  }
}
