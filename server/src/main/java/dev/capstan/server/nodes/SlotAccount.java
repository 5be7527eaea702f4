package dev.capstan.server.nodes;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Fit;
import dev.capstan.core.placement.Peers;
import dev.capstan.core.placement.Placement;
import dev.capstan.node.env.Clock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.NodeBoard.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The account of the slots of all nodes, and the lock that guards it and {@link Presence}, which
 * knows the nodes. The lock is short; nothing is sent, committed or told to the partition while it
 * is held, and no call waits for anything else. Any thread.
 */
final class SlotAccount {
  private final NodeSettings settings;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Presence presence;
  private long turn;

  SlotAccount(NodeSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
    this.presence = new Presence(settings, clock);
  }

  /**
   * Begins with what is stored.
   *
   * @param leadsIn the term of the leadership
   * @param incarnation of all nodes that may come back
   * @return whether there are signs that some of them will not
   */
  boolean begin(long leadsIn, List<NodeRows.Row> stored, long incarnation) {
    return locked(() -> presence.begin(leadsIn, stored, incarnation));
  }

  /** Forgets everything; joins on their way are void. */
  void clear() {
    whileLocked(presence::clear);
  }

  private <T extends @Nullable Object> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  private void whileLocked(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  /**
   * @param peers where the task's peers are; asked under the lock
   */
  @Nullable Place reserve(Demand demand, Peers peers) {
    lock.lock();
    try {
      LiveNode node = Placement.choose(presence.all(), demand, peers, settings.strategy(), turn++);
      if (node == null) {
        return null;
      }
      node.reserved++;
      return new Place(node.id(), node.epoch);
    } finally {
      lock.unlock();
    }
  }

  /** Whether a node would take a task now. */
  boolean hasRoom(Demand demand) {
    return locked(() ->
        Placement.choose(presence.all(), demand, Peers.NONE, settings.strategy(), turn) != null);
  }

  /** Whether that freed a slot. */
  boolean release(Place place) {
    lock.lock();
    try {
      LiveNode node = presence.find(place.node(), place.epoch());
      if (node == null || node.reserved == 0) {
        return false;
      }
      node.reserved--;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Attempts by the node that holds them from now on.
   *
   * @param homeless those whose node is not here
   */
  record Assigned(Map<LiveNode, List<Effect.Dispatch>> byNode, List<Effect.Dispatch> homeless) {}

  Assigned assign(List<Effect.Dispatch> dispatches) {
    Assigned assigned = new Assigned(new LinkedHashMap<>(), new ArrayList<>());
    lock.lock();
    try {
      for (Effect.Dispatch dispatch : dispatches) {
        LiveNode node = presence.find(dispatch.node(), dispatch.token().epoch());
        if (node == null) {
          assigned.homeless().add(dispatch);
        } else if (!node.held.containsKey(dispatch.token())) {
          node.reserved = Math.max(0, node.reserved - 1);
          node.held.put(
              dispatch.token(),
              new HeldAttempt(dispatch.token(), dispatch.taskName(), dispatch.reference()));
          assigned.byNode().computeIfAbsent(node, _ -> new ArrayList<>()).add(dispatch);
        }
      }
    } finally {
      lock.unlock();
    }
    return assigned;
  }

  /** The node that holds an attempt; null when that one does not. */
  @Nullable LiveNode holder(String id, AttemptToken token) {
    lock.lock();
    try {
      LiveNode node = presence.find(id, token.epoch());
      return node != null && node.held.containsKey(token) ? node : null;
    } finally {
      lock.unlock();
    }
  }

  @Nullable LiveNode live(String id) {
    return locked(() -> presence.live(id));
  }

  @Nullable HeldAttempt held(LiveNode node, AttemptToken token) {
    return locked(() -> node.held.get(token));
  }

  boolean isAlive(String id, long epoch) {
    return locked(() -> presence.isAlive(id, epoch));
  }

  String whyWaiting(Demand demand) {
    lock.lock();
    try {
      return switch (Placement.plan(presence.all(), demand, settings.strategy(), turn)) {
        case Placement.Chosen<LiveNode>(LiveNode node) -> "about to go to node " + node.id();
        case Placement.Refused<LiveNode>(var explanation) ->
            explanation.sentence() + presence.absence(demand.node());
      };
    } finally {
      lock.unlock();
    }
  }

  /**
   * @param again whether the task may have run there before and waited for that node
   */
  String whyThere(String id, Demand demand, boolean again) {
    lock.lock();
    try {
      LiveNode node = presence.live(id);
      if (node == null) {
        return "it is on node " + id + ", which is not connected at present";
      }
      return "it is on node " + id + Fit.words(node, demand, settings.strategy(), again);
    } finally {
      lock.unlock();
    }
  }

  List<KnownNode> nodes() {
    return locked(presence::known);
  }

  int connected() {
    return locked(() -> presence.all().size());
  }

  /** Takes over what an operator has said; answers the node as it is now. */
  KnownNode ordered(NodeRows.Row row) {
    return locked(() -> presence.ordered(row));
  }

  /** Takes over what operators have said of all nodes that are connected. */
  void ordered(StandingOrders orders) {
    whileLocked(() -> presence.all().forEach(node -> node.orders(orders.of(node.id()))));
  }

  /**
   * @throws Refusal if the node joins, or still takes or runs attempts
   */
  void refuseUnlessIdle(String id) {
    whileLocked(() -> presence.refuseUnlessIdle(id));
  }

  /** A node is about to be removed, whatever it runs: it gets nothing new. */
  void expel(String id) {
    expelled(id, true);
  }

  /** Nodes that were put out get nothing new. */
  void expel(Predicate<String> out) {
    whileLocked(() -> presence.all().forEach(node -> node.expelled |= out.test(node.id())));
  }

  /** It stays after all. */
  void spare(String id) {
    expelled(id, false);
  }

  private void expelled(String id, boolean expelled) {
    whileLocked(() -> presence.expelled(id, expelled));
  }

  /** Forgets a node; answers it if it is connected. */
  @Nullable LiveNode forget(String id) {
    return locked(() -> presence.forget(id));
  }

  /**
   * A node wants to join, or to go on. It gets nothing new until that is decided, so that what it
   * says it holds can be compared with all it should hold.
   *
   * @throws Refusal if there are too many nodes; those that are known here always have room
   */
  Presence.Joining joins(NodeProfile profile) {
    return locked(() -> presence.joins(profile));
  }

  /** The join has come to its end, whatever that was. */
  void joined(Presence.Joining join) {
    whileLocked(() -> presence.joined(join));
  }

  /** Whether a join may still be decided: not if the leadership has changed since. */
  boolean isCurrent(Presence.Joining join) {
    return locked(() -> presence.isCurrent(join));
  }

  /**
   * Takes in a node whose join is durable. It takes nothing before its welcome is on the way.
   *
   * @return the one that it takes the place of
   * @throws Refusal if it comes too late
   */
  @Nullable LiveNode install(Presence.Joining join, LiveNode node, Set<AttemptToken> kept) {
    return locked(() -> presence.install(join, node, kept));
  }

  /** The stream of a node is gone; it may be back with another one. */
  void disconnected(LiveNode node, String reason) {
    disconnected(node, reason, settings.reconnectWithin().toNanos());
  }

  /** The stream of a node was ended here; it has as long as silence may last for another one. */
  void moves(LiveNode node, String reason) {
    disconnected(node, reason, settings.silenceNanos());
  }

  private void disconnected(LiveNode node, String reason, long patienceNanos) {
    whileLocked(() -> presence.disconnected(node, reason, patienceNanos));
  }

  /** A node has said hello over one of its streams, whoever leads. */
  void spoke(String id, long stream) {
    whileLocked(() -> presence.spoke(id, stream));
  }

  /** A stream of a node is gone, whoever leads; as {@link Presence#went}. */
  boolean went(String id, long stream, Attendance.@Nullable Sign sign) {
    return locked(() -> presence.went(id, stream, sign));
  }

  /** The leader of another partition has lost a node; answers as {@link Presence#went}. */
  boolean lostElsewhere(String id) {
    return locked(() -> presence.lostElsewhere(id));
  }

  /** A node is there for the leader of another partition. */
  void foundElsewhere(String id) {
    whileLocked(() -> presence.foundElsewhere(id));
  }

  /** Whether a node has no connection now, and may have one soon. */
  boolean mayComeBack(String id) {
    return locked(() -> presence.mayComeBack(id));
  }

  /** It is durable that a node of the former leader did not come back. */
  void missed(String id) {
    whileLocked(() -> presence.missed(id));
  }

  /** Whether a node is here and is to depart now, and not already; it gets nothing new then. */
  boolean departs(LiveNode node) {
    return locked(() -> presence.departs(node));
  }

  /** The departure of a node is durable. */
  void departed(LiveNode node, NodeStatus status) {
    whileLocked(() -> presence.departed(node, status));
  }

  /**
   * Frees the slot of an attempt.
   *
   * @param refused whether the node would not take it: it is left alone for a while then
   * @return false when the node does not hold it
   */
  boolean reported(LiveNode node, AttemptToken token, boolean refused) {
    lock.lock();
    try {
      if (node.held.remove(token) == null) {
        return false;
      }
      if (refused) {
        node.refusing = true;
        node.refusingUntil = clock.nanos() + settings.refusalPause().toNanos();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  void slots(LiveNode node, int slots, int elsewhere) {
    whileLocked(() -> {
      node.profile(node.profile().withSlots(slots));
      node.elsewhere = Math.max(0, elsewhere);
    });
  }

  /** What a node would be with these capabilities; null if it has them, or is not here any more. */
  @Nullable NodeProfile changedBy(LiveNode node, NodeCapabilities capabilities) {
    lock.lock();
    try {
      NodeProfile changed = node.profile().with(capabilities);
      boolean same = presence.live(node.id()) != node || changed.equals(node.profile());
      return same ? null : changed;
    } finally {
      lock.unlock();
    }
  }

  void change(LiveNode node, NodeCapabilities capabilities) {
    whileLocked(() -> node.profile(node.profile().with(capabilities)));
  }

  /** By node, what it still runs although its time to drain is over; each is told once. */
  Map<String, List<AttemptToken>> overdue() {
    Map<String, List<AttemptToken>> overdue = new LinkedHashMap<>();
    lock.lock();
    try {
      long now = clock.wallMillis();
      for (LiveNode node : presence.all()) {
        List<AttemptToken> held = node.overdue(now);
        if (!held.isEmpty()) {
          overdue.put(node.id(), held);
        }
      }
    } finally {
      lock.unlock();
    }
    return overdue;
  }

  void leaving(LiveNode node) {
    locked(() -> node.leaving = true);
  }

  /** Changes whether a node is suspect; answers whether it no longer is. */
  boolean suspect(LiveNode node, boolean suspect) {
    lock.lock();
    try {
      boolean back = node.suspect && !suspect;
      node.suspect = suspect;
      return back;
    } finally {
      lock.unlock();
    }
  }

  /** Looks what is due; nothing of a node that is about to join. */
  Presence.Due due(long now) {
    return locked(() -> presence.due(now));
  }

  /** This process stood still and could hear nobody: whoever is waited for gets as much longer. */
  void stoodStill(long nanos) {
    whileLocked(() -> presence.waitLonger(nanos));
  }
}
