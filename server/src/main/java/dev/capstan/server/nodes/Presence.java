package dev.capstan.server.nodes;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.node.env.Clock;
import dev.capstan.server.gateway.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes a coordinator has: those with a session, those that are about to have one, and those
 * without. Guarded by the lock of {@link SlotAccount}.
 *
 * <p>A node that has joined stays here until its departure is durable: until then another stream
 * may go on with what it has.
 */
final class Presence {
  private final NodeSettings settings;
  private final Clock clock;
  private final Map<String, LiveNode> live = new TreeMap<>();
  private final Map<String, Joining> joining = new LinkedHashMap<>();
  private final AbsentNodes absent;
  private final Attendance attendance;
  private List<LiveNode> order = List.of();
  private long leaderships;
  private long term;
  private long begun;

  Presence(NodeSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
    this.absent = new AbsentNodes(settings.remembered());
    this.attendance = new Attendance(settings);
  }

  /** A join on its way; equal to itself alone. */
  static final class Joining {
    final NodeProfile profile;
    final long term;
    private final long leadership;

    /** What an operator has said since it began; null for nothing. */
    private @Nullable NodeOrders orders;

    /** The node is being removed. */
    private boolean expelled;

    /** It was removed. */
    private boolean forgotten;

    Joining(NodeProfile profile, long term, long leadership) {
      this.profile = profile;
      this.term = term;
      this.leadership = leadership;
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

  /**
   * Begins with what is stored.
   *
   * @param leadsIn the term of the leadership
   * @param incarnation of all nodes that may come back
   * @return whether there are signs that some of them will not
   */
  boolean begin(long leadsIn, List<NodeRows.Row> stored, long incarnation) {
    clear();
    term = leadsIn;
    long now = clock.nanos();
    begun = now;
    absent.begin(stored, incarnation, now + settings.returnNanos());
    boolean doubts = false;
    for (String id : List.copyOf(absent.awaited())) {
      doubts |= doubt(id, now);
    }
    return doubts;
  }

  /**
   * A node that is waited for gets no longer than the sign that it is gone leaves it.
   *
   * @return whether it is waited for, and there is a sign
   */
  private boolean doubt(String id, long now) {
    Attendance.Noticed sign = attendance.sign(id, now);
    return sign != null && absent.expectBy(id, sign.until(settings, begun), sign.reason());
  }

  /** A node has said hello over one of its streams, whoever leads. */
  void spoke(String id, long stream) {
    attendance.spoke(id, stream);
    absent.expect(id);
  }

  /**
   * A stream of a node is gone, whoever leads; told once or more.
   *
   * @param sign what that says of the node if it has no other; null for nothing
   * @return whether the node is waited for, and no longer as long as others
   */
  boolean went(String id, long stream, Attendance.@Nullable Sign sign) {
    long now = clock.nanos();
    return attendance.went(id, stream, sign, now) && doubt(id, now);
  }

  /** The leader of another partition has lost a node; answers as {@link #went}. */
  boolean lostElsewhere(String id) {
    long now = clock.nanos();
    return attendance.lostElsewhere(id, now) && doubt(id, now);
  }

  /** A node is there for the leader of another partition. */
  void foundElsewhere(String id) {
    attendance.foundElsewhere(id);
  }

  /** Forgets everything; joins on their way are void. */
  void clear() {
    leaderships++;
    live.clear();
    absent.clear();
    joining.clear();
    order = List.of();
  }

  /** Those with a session, by id; never changes once it is answered. */
  List<LiveNode> all() {
    return order;
  }

  /** The one with a session of this id; null if there is none. */
  @Nullable LiveNode live(String id) {
    return live.get(id);
  }

  /** The one with a session under this epoch; null if there is none. */
  @Nullable LiveNode find(String id, long epoch) {
    LiveNode node = live.get(id);
    return node != null && node.epoch == epoch ? node : null;
  }

  /** Whether a node has a session under this epoch, or may come back to it. */
  boolean isAlive(String id, long epoch) {
    return find(id, epoch) != null || absent.awaits(id, epoch);
  }

  /**
   * What is known of a node that is away.
   *
   * @param wanted its id or name; null if any node will do
   */
  String absence(@Nullable String wanted) {
    KnownNode away = wanted == null ? null : absent.find(wanted);
    return away == null ? "" : "; node " + away.profile().id() + " is " + away.status().word();
  }

  /** All that are known, by id. */
  List<KnownNode> known() {
    Map<String, KnownNode> all = new TreeMap<>();
    absent.all().forEach(node -> all.put(node.profile().id(), node));
    Instant now = Instant.ofEpochMilli(clock.wallMillis());
    joining.forEach((id, join) ->
        all.put(id, new KnownNode(join.profile, 0, NodeStatus.JOINING, NodeOrders.NONE, 0, now)));
    live.forEach((id, node) -> all.put(id, node.known()));
    return List.copyOf(all.values());
  }

  /** Takes over what an operator has said; answers the node as it is now. */
  KnownNode ordered(NodeRows.Row row) {
    KnownNode stored = KnownNode.of(row);
    LiveNode node = live.get(row.profile().id());
    Joining join = joining.get(row.profile().id());
    if (join != null) {
      join.orders = row.orders();
    }
    if (node != null) {
      node.orders(row.orders());
      return node.known();
    }
    absent.replace(stored);
    return stored;
  }

  /**
   * @throws Refusal if the node joins, or still takes or runs attempts
   */
  void refuseUnlessIdle(String id) {
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
  }

  /** Says whether a node is about to be removed: it gets nothing new then. */
  void expelled(String id, boolean expelled) {
    LiveNode node = live.get(id);
    Joining join = joining.get(id);
    if (node != null) {
      node.expelled = expelled;
    }
    if (join != null) {
      join.expelled = expelled;
    }
  }

  /** Forgets a node; answers it if it is connected. A join of it on its way is void. */
  @Nullable LiveNode forget(String id) {
    Joining join = joining.remove(id);
    if (join != null) {
      join.forgotten = true;
    }
    LiveNode node = live.remove(id);
    absent.forget(id);
    order = List.copyOf(live.values());
    return node;
  }

  /**
   * A node wants to join, or to go on. It gets nothing new until that is decided, so that what it
   * says it holds can be compared with all it should hold.
   *
   * @throws Refusal if there are too many nodes; those that are known here always have room
   */
  Joining joins(NodeProfile profile) {
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
  }

  /** The join has come to its end, whatever that was. */
  void joined(Joining join) {
    String id = join.profile.id();
    if (joining.remove(id, join)) {
      LiveNode present = live.get(id);
      if (present != null) {
        present.rejoining = false;
      }
    }
  }

  /** Whether a join may still be decided: not if the leadership has changed since. */
  boolean isCurrent(Joining join) {
    return join.leadership == leaderships;
  }

  /**
   * Takes in a node whose join is durable. It takes nothing before its welcome is on the way.
   *
   * @return the one that it takes the place of
   * @throws Refusal if it comes too late
   */
  @Nullable LiveNode install(Joining join, LiveNode node, Set<AttemptToken> kept) {
    if (join.leadership != leaderships) {
      throw leadsNoMore();
    }
    if (join.forgotten) {
      throw new Refusal(Refusal.Code.WRONG_STATE, "this node was removed");
    }
    LiveNode former = live.get(node.id());
    if (former != null && former.incarnation > node.incarnation) {
      throw new Refusal(Refusal.Code.WRONG_STATE, "a later session of this node has begun");
    }
    if (join.orders != null) {
      node.orders(join.orders);
    }
    node.expelled |= join.expelled;
    node.takeOver(kept, former);
    absent.forget(node.id());
    node.suspect = true;
    live.put(node.id(), node);
    order = List.copyOf(live.values());
    return former;
  }

  static Refusal leadsNoMore() {
    return new Refusal(Refusal.Code.NOT_READY, "this coordinator leads no more");
  }

  /** The stream of a node is gone; it may be back with another one, and has so long for it. */
  void disconnected(LiveNode node, String reason, long patienceNanos) {
    node.suspect = true;
    node.departing = false;
    node.disconnected = reason;
    node.goneAt = clock.nanos() + patienceNanos;
  }

  /** Whether a node has no connection now, and may have one soon. */
  boolean mayComeBack(String id) {
    LiveNode node = live.get(id);
    return node == null ? absent.isOpen(id) : node.disconnected != null;
  }

  /** It is durable that a node of the former leader did not come back. */
  void missed(String id) {
    absent.lost(id);
  }

  /** Whether a node is here and is to depart now, and not already; it gets nothing new then. */
  boolean departs(LiveNode node) {
    if (live.get(node.id()) != node || node.departing) {
      return false;
    }
    node.departing = true;
    node.suspect = true;
    return true;
  }

  /** The departure of a node is durable. */
  void departed(LiveNode node, NodeStatus status) {
    if (live.remove(node.id(), node)) {
      order = List.copyOf(live.values());
      absent.add(node.known(status));
    }
  }

  /** Looks what is due; nothing of a node that is about to join. */
  Due due(long now) {
    boolean back = false;
    List<LiveNode> gone = new ArrayList<>();
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
  }

  /** This process could hear nobody for so long: whoever is waited for gets as much longer. */
  void waitLonger(long nanos) {
    order.forEach(node -> node.goneAt += nanos);
    absent.waitLonger(nanos);
    attendance.distrust(clock.nanos());
  }
}
