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
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All nodes as a coordinator has them in memory, and the account of their slots. One short lock
 * guards it; nothing is sent, committed or told to the partition while it is held, and no call
 * waits for anything else. Any thread.
 *
 * <p>A node that has joined stays here until its departure is durable: until then another stream
 * may go on with what it has.
 */
final class SlotAccount {
  private final NodeSettings settings;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, LiveNode> live = new TreeMap<>();
  private final Map<String, Joining> joining = new LinkedHashMap<>();
  private final AbsentNodes absent;
  private List<LiveNode> order = List.of();
  private long turn;
  private long leaderships;
  private long term;

  SlotAccount(NodeSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
    this.absent = new AbsentNodes(settings.remembered());
  }

  /** A join on its way; equal to itself alone. */
  static final class Joining {
    final NodeProfile profile;
    final long term;
    private final long leadership;

    Joining(NodeProfile profile, long term, long leadership) {
      this.profile = profile;
      this.term = term;
      this.leadership = leadership;
    }
  }

  /**
   * Begins with what is stored.
   *
   * @param leadsIn the term of the leadership
   * @param incarnation of all nodes that may come back
   */
  void begin(long leadsIn, List<NodeRows.Row> stored, long incarnation) {
    whileLocked(() -> {
      empty();
      term = leadsIn;
      absent.begin(stored, incarnation, clock.nanos() + settings.returnNanos());
    });
  }

  /** Forgets everything; joins on their way are void. */
  void clear() {
    whileLocked(() -> empty());
  }

  private void empty() {
    leaderships++;
    live.clear();
    absent.clear();
    joining.clear();
    order = List.of();
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
      LiveNode node = Placement.choose(order, demand, peers, settings.strategy(), turn++);
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
    return locked(
        () -> Placement.choose(order, demand, Peers.NONE, settings.strategy(), turn) != null);
  }

  /** Whether that freed a slot. */
  boolean release(Place place) {
    lock.lock();
    try {
      LiveNode node = find(place.node(), place.epoch());
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
        LiveNode node = find(dispatch.node(), dispatch.token().epoch());
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
      LiveNode node = find(id, token.epoch());
      return node != null && node.held.containsKey(token) ? node : null;
    } finally {
      lock.unlock();
    }
  }

  @Nullable LiveNode live(String id) {
    return locked(() -> live.get(id));
  }

  @Nullable HeldAttempt held(LiveNode node, AttemptToken token) {
    return locked(() -> node.held.get(token));
  }

  boolean isAlive(String id, long epoch) {
    return locked(() -> find(id, epoch) != null || absent.awaits(id, epoch));
  }

  String whyWaiting(Demand demand) {
    lock.lock();
    try {
      return switch (Placement.plan(order, demand, settings.strategy(), turn)) {
        case Placement.Chosen<LiveNode>(LiveNode node) -> "about to go to node " + node.id();
        case Placement.Refused<LiveNode>(var explanation) ->
            explanation.sentence() + absence(demand);
      };
    } finally {
      lock.unlock();
    }
  }

  /** What is known of the only node that will do, if it is away. */
  private String absence(Demand demand) {
    String wanted = demand.node();
    KnownNode away = wanted == null ? null : absent.find(wanted);
    return away == null ? "" : "; node " + away.profile().id() + " is " + away.status().word();
  }

  /**
   * @param again whether the task may have run there before and waited for that node
   */
  String whyThere(String id, Demand demand, boolean again) {
    lock.lock();
    try {
      LiveNode node = live.get(id);
      if (node == null) {
        return "it is on node " + id + ", which is not connected at present";
      }
      return "it is on node " + id + Fit.words(node, demand, settings.strategy(), again);
    } finally {
      lock.unlock();
    }
  }

  List<KnownNode> nodes() {
    Map<String, KnownNode> all = new TreeMap<>();
    lock.lock();
    try {
      absent.all().forEach(node -> all.put(node.profile().id(), node));
      Instant now = Instant.ofEpochMilli(clock.wallMillis());
      joining.forEach((id, join) ->
          all.put(id, new KnownNode(join.profile, 0, NodeStatus.JOINING, NodeOrders.NONE, 0, now)));
      live.forEach((id, node) -> all.put(id, node.known()));
    } finally {
      lock.unlock();
    }
    return List.copyOf(all.values());
  }

  int connected() {
    return locked(live::size);
  }

  /** Takes over what an operator has said; answers the node as it is now. */
  KnownNode ordered(NodeRows.Row row) {
    KnownNode stored = KnownNode.of(row);
    lock.lock();
    try {
      LiveNode node = live.get(row.profile().id());
      if (node != null) {
        node.orders(row.orders());
        return node.known();
      }
      absent.replace(stored);
      return stored;
    } finally {
      lock.unlock();
    }
  }

  /** Takes over what operators have said of all nodes that are connected. */
  void ordered(StandingOrders orders) {
    whileLocked(() -> live.forEach((id, node) -> node.orders(orders.of(id))));
  }

  /**
   * @throws Refusal if the node joins, or still takes or runs attempts
   */
  void refuseUnlessIdle(String id) {
    lock.lock();
    try {
      LiveNode node = live.get(id);
      if (joining.containsKey(id)) {
        throw LiveNode.inTheWay(id, "is joining", "Ask again when it has joined");
      }
      if (node != null) {
        node.refuseUnlessIdle();
      } else if (absent.isOpen(id)) {
        throw LiveNode.inTheWay(
            id,
            "may come back, since the leadership has just changed",
            "Ask again in a moment, when it is back or lost");
      }
    } finally {
      lock.unlock();
    }
  }

  /** A node is about to be removed, whatever it runs: it gets nothing new. */
  void expel(String id) {
    expelled(id, true);
  }

  /** It stays after all. */
  void spare(String id) {
    expelled(id, false);
  }

  private void expelled(String id, boolean expelled) {
    whileLocked(() -> {
      LiveNode node = live.get(id);
      if (node != null) {
        node.expelled = expelled;
      }
    });
  }

  /** Forgets a node; answers it if it is connected. */
  @Nullable LiveNode forget(String id) {
    lock.lock();
    try {
      LiveNode node = live.remove(id);
      absent.forget(id);
      order = List.copyOf(live.values());
      return node;
    } finally {
      lock.unlock();
    }
  }

  /**
   * A node wants to join, or to go on. It gets nothing new until that is decided, so that what it
   * says it holds can be compared with all it should hold.
   *
   * @throws Refusal if there are too many nodes; those that are known here always have room
   */
  Joining joins(NodeProfile profile) {
    lock.lock();
    try {
      Set<String> others = new HashSet<>(live.keySet());
      others.addAll(joining.keySet());
      others.addAll(absent.awaited());
      if (!others.contains(profile.id()) && others.size() >= settings.limits().nodes()) {
        throw new Refusal(Refusal.Code.BUSY, "too many nodes are connected");
      }
      Joining join = new Joining(profile, term, leaderships);
      joining.put(profile.id(), join);
      LiveNode former = live.get(profile.id());
      if (former != null) {
        former.rejoining = true;
      }
      return join;
    } finally {
      lock.unlock();
    }
  }

  /** The join has come to its end, whatever that was. */
  void joined(Joining join) {
    lock.lock();
    try {
      String id = join.profile.id();
      if (joining.remove(id, join)) {
        LiveNode present = live.get(id);
        if (present != null) {
          present.rejoining = false;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether a join may still be decided: not if the leadership has changed since. */
  boolean isCurrent(Joining join) {
    return locked(() -> join.leadership == leaderships);
  }

  /**
   * Takes in a node whose join is durable. It takes nothing before its welcome is on the way.
   *
   * @return the one that it takes the place of
   * @throws Refusal if it comes too late
   */
  @Nullable LiveNode install(Joining join, LiveNode node, Set<AttemptToken> kept) {
    lock.lock();
    try {
      if (join.leadership != leaderships) {
        throw leadsNoMore();
      }
      LiveNode former = live.get(node.id());
      if (former != null && former.incarnation > node.incarnation) {
        throw new Refusal(Refusal.Code.WRONG_STATE, "a later session of this node has begun");
      }
      node.takeOver(kept, former);
      absent.forget(node.id());
      node.suspect = true;
      live.put(node.id(), node);
      order = List.copyOf(live.values());
      return former;
    } finally {
      lock.unlock();
    }
  }

  static Refusal leadsNoMore() {
    return new Refusal(Refusal.Code.NOT_READY, "this coordinator leads no more");
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
    whileLocked(() -> {
      node.suspect = true;
      node.departing = false;
      node.disconnected = reason;
      node.goneAt = clock.nanos() + patienceNanos;
    });
  }

  /** Whether a node has no connection now, and may have one soon. */
  boolean mayComeBack(String id) {
    return locked(() -> {
      LiveNode node = live.get(id);
      return node == null ? absent.isOpen(id) : node.disconnected != null;
    });
  }

  /** It is durable that a node of the former leader did not come back. */
  void missed(String id) {
    whileLocked(() -> absent.lost(id));
  }

  /** Whether a node is here and is to depart now, and not already; it gets nothing new then. */
  boolean departs(LiveNode node) {
    lock.lock();
    try {
      if (live.get(node.id()) != node || node.departing) {
        return false;
      }
      node.departing = true;
      node.suspect = true;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The departure of a node is durable. */
  void departed(LiveNode node, NodeStatus status) {
    lock.lock();
    try {
      if (live.remove(node.id(), node)) {
        order = List.copyOf(live.values());
        absent.add(node.known(status));
      }
    } finally {
      lock.unlock();
    }
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
      boolean same = live.get(node.id()) != node || changed.equals(node.profile());
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
      for (LiveNode node : order) {
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

  /**
   * What the passing of time has brought about.
   *
   * @param back whether some node that refused something may be tried again
   * @param gone nodes whose streams have been gone for too long
   * @param missed nodes of the former leader that have not come back
   */
  record Due(boolean back, List<LiveNode> gone, List<AbsentNodes.Awaited> missed) {}

  /** Looks what is due; nothing of a node that is about to join. */
  Due due(long now) {
    boolean back = false;
    List<LiveNode> gone = new ArrayList<>();
    lock.lock();
    try {
      for (LiveNode node : order) {
        if (node.refusing && now - node.refusingUntil >= 0) {
          node.refusing = false;
          back = true;
        }
        if (node.disconnected != null
            && !node.departing
            && now - node.goneAt >= 0
            && !joining.containsKey(node.id())) {
          gone.add(node);
        }
      }
      return new Due(back, gone, absent.overdue(now, joining.keySet()));
    } finally {
      lock.unlock();
    }
  }

  /** This process stood still and could hear nobody: whoever is waited for gets as much longer. */
  void stoodStill(long nanos) {
    whileLocked(() -> {
      order.forEach(node -> node.goneAt += nanos);
      absent.waitLonger(nanos);
    });
  }

  private @Nullable LiveNode find(String id, long epoch) {
    LiveNode node = live.get(id);
    return node != null && node.epoch == epoch ? node : null;
  }
}
