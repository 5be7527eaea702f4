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
  private static final String NOT_BACK = "it did not come back after the leadership changed";

  private final int remembered;
  private final Map<String, KnownNode> known = new LinkedHashMap<>();
  private final Map<String, Awaited> awaited = new HashMap<>();

  /** Of those that there is a sign of that they are gone: when they are overdue. */
  private final Map<String, Early> early = new HashMap<>();

  private long until;

  /**
   * @param remembered how many are kept
   */
  AbsentNodes(int remembered) {
    this.remembered = remembered;
  }

  /**
   * A node that may come back.
   *
   * @param reason why it is lost when it does not
   */
  record Awaited(NodeRows.Row row, long incarnation, String reason) {
    String id() {
      return row.profile().id();
    }
  }

  private record Early(long until, String reason) {}

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
        awaited.put(row.profile().id(), new Awaited(row, incarnation, NOT_BACK));
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

  /** Ids of those that may come back; a view. */
  Set<String> awaited() {
    return awaited.keySet();
  }

  /**
   * Those that should have come back by now; each is told once.
   *
   * @param joining those that are about to
   */
  List<Awaited> overdue(long now, Set<String> joining) {
    boolean all = now - until >= 0;
    if (awaited.isEmpty() || (!all && early.isEmpty())) {
      return List.of();
    }
    List<Awaited> overdue = new ArrayList<>();
    for (Awaited node : List.copyOf(awaited.values())) {
      Early sooner = early.get(node.id());
      Awaited due = all ? node : null;
      if (sooner != null && now - sooner.until >= 0) {
        due = new Awaited(node.row(), node.incarnation(), sooner.reason);
      }
      if (due != null && !joining.contains(node.id())) {
        awaited.remove(node.id());
        early.remove(node.id());
        overdue.add(due);
      }
    }
    return overdue;
  }

  /**
   * There is a sign that a node does not come back: it is overdue then already, unless earlier.
   *
   * @return whether it is waited for at all
   */
  boolean expectBy(String id, long sooner, String reason) {
    Early before = early.get(id);
    if (!awaited.containsKey(id)) {
      return false;
    }
    if (before == null || sooner - before.until < 0) {
      early.put(id, new Early(sooner, reason));
    }
    return true;
  }

  /** There is a sign of a node: it has as long as any other. */
  void expect(String id) {
    early.remove(id);
  }

  void waitLonger(long nanos) {
    until += nanos;
    early.replaceAll((_, each) -> new Early(each.until + nanos, each.reason));
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
    early.remove(id);
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
    early.clear();
  }
}
