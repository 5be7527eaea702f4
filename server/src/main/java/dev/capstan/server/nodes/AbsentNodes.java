package dev.capstan.server.nodes;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Nodes without a session here: those that departed, and those that a former leader had and that
 * may come back. Bounded. Guarded by the lock of {@link SlotAccount}.
 */
final class AbsentNodes {
  private final int remembered;
  private final Map<String, KnownNode> known = new LinkedHashMap<>();
  private final Map<String, Awaited> awaited = new HashMap<>();
  private long until;

  /**
   * @param remembered how many are kept
   */
  AbsentNodes(int remembered) {
    this.remembered = remembered;
  }

  /** A node that may come back. */
  record Awaited(NodeRows.Row row, long incarnation) {
    String id() {
      return row.profile().id();
    }
  }

  /**
   * Begins with what is stored. A node that the former leader had counts as lost until it comes
   * back.
   *
   * @param incarnation of those that may come back
   * @param awaitUntil when those that did not come back are overdue
   */
  void begin(List<NodeRows.Row> stored, long incarnation, long awaitUntil) {
    clear();
    until = awaitUntil;
    for (NodeRows.Row row : stored) {
      if (row.status() == NodeStatus.ACTIVE) {
        awaited.put(row.profile().id(), new Awaited(row, incarnation));
      }
      NodeStatus status = row.status() == NodeStatus.LEFT ? NodeStatus.LEFT : NodeStatus.LOST;
      known.put(row.profile().id(), KnownNode.of(row.with(status)));
    }
  }

  /** Whether a node may come back and go on under this epoch. */
  boolean awaits(String id, long epoch) {
    Awaited node = awaited.get(id);
    return node != null && node.row().epoch() == epoch;
  }

  /** Ids of those that may come back. */
  Set<String> awaited() {
    return awaited.keySet();
  }

  /**
   * Those that should have come back by now; each is told once.
   *
   * @param joining those that are about to
   */
  List<Awaited> overdue(long now, Set<String> joining) {
    if (awaited.isEmpty() || now - until < 0) {
      return List.of();
    }
    List<Awaited> overdue = new ArrayList<>();
    for (Awaited node : List.copyOf(awaited.values())) {
      if (!joining.contains(node.id())) {
        awaited.remove(node.id());
        overdue.add(node);
      }
    }
    return overdue;
  }

  void waitLonger(long nanos) {
    until += nanos;
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

  /** The one of this id or name; null if there is none. */
  @Nullable KnownNode find(String idOrName) {
    KnownNode byId = known.get(idOrName);
    return byId != null
        ? byId
        : known.values().stream()
            .filter(node -> node.profile().name().equals(idOrName))
            .findFirst()
            .orElse(null);
  }

  Collection<KnownNode> all() {
    return known.values();
  }

  void clear() {
    known.clear();
    awaited.clear();
  }
}
