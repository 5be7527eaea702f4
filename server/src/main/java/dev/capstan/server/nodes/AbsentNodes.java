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
   * Begins with what is stored. A node that the former leader had is suspect until it comes back,
   * or until it is durable that it did not.
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
      NodeStatus status = row.status() == NodeStatus.ACTIVE ? NodeStatus.SUSPECT : row.status();
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

  /** What an operator has said of a node changes; how it is does not. */
  void replace(KnownNode node) {
    known.computeIfPresent(node.profile().id(), (_, before) -> node.with(before.status()));
  }

  /** It is durable that a node did not come back. */
  void lost(String id) {
    known.computeIfPresent(id, (_, before) -> before.with(NodeStatus.LOST));
  }

  /** Whether a node may come back, or what becomes of it is not durable yet. */
  boolean isOpen(String id) {
    KnownNode node = known.get(id);
    return node != null && node.status() == NodeStatus.SUSPECT;
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
