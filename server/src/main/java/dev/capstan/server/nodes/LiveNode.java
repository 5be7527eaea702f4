package dev.capstan.server.nodes;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.placement.Candidate;
import dev.capstan.server.gateway.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A node with a session, and the only account of its slots: a slot is taken by a reservation, which
 * becomes a held attempt when it is dispatched, and is free when the reservation is released or the
 * attempt reported. Guarded by the lock of {@link SlotAccount}.
 */
final class LiveNode implements Candidate {
  final long epoch;
  final long incarnation;
  final long term;
  final Instant joinedAt;
  final Session session;
  final Map<AttemptToken, HeldAttempt> held = new HashMap<>();
  private Set<String> kinds;
  private NodeProfile profile;
  private NodeOrders orders;
  private Map<String, String> labels;
  int reserved;

  /** Slots taken by what it runs for other partitions, or has given up, as it said last. */
  int elsewhere;

  boolean suspect;
  @Nullable String disconnected;
  long goneAt;

  /** Another stream wants to go on with what it has, or take its place. */
  boolean rejoining;

  /** That it has ended is on its way to be durable. */
  boolean departing;

  /** That it is removed is on its way to be durable, or its session is about to end for that. */
  boolean expelled;

  boolean leaving;
  boolean refusing;
  long refusingUntil;

  /** A node as its join, which was decided in this term, left it. */
  LiveNode(NodeRows.Row row, long incarnation, long term, Session session) {
    this.profile = row.profile();
    this.epoch = row.epoch();
    this.orders = row.orders();
    this.joinedAt = row.joinedAt();
    this.incarnation = incarnation;
    this.term = term;
    this.session = session;
    this.kinds = new HashSet<>(profile.kinds());
    this.labels = visible(profile, orders);
  }

  NodeProfile profile() {
    return profile;
  }

  void profile(NodeProfile changed) {
    profile = changed;
    kinds = new HashSet<>(changed.kinds());
    labels = visible(changed, orders);
  }

  NodeOrders orders() {
    return orders;
  }

  void orders(NodeOrders changed) {
    orders = changed;
    labels = visible(profile, changed);
  }

  /** What placement sees: a label wins over what was found under the same name. */
  private static Map<String, String> visible(NodeProfile profile, NodeOrders orders) {
    Map<String, String> both = new HashMap<>(profile.found());
    both.putAll(profile.labels());
    return orders.labels().on(both);
  }

  /** What is to be taken from it, because its time to drain is over; each is told once. */
  List<AttemptToken> overdue(long wallMillis) {
    if (!orders.isOverdue(wallMillis)) {
      return List.of();
    }
    List<AttemptToken> overdue = new ArrayList<>();
    for (HeldAttempt attempt : held.values()) {
      if (!attempt.moved) {
        attempt.moved = true;
        overdue.add(attempt.token);
      }
    }
    return overdue;
  }

  /** Goes on with attempts of an earlier session. */
  void takeOver(Set<AttemptToken> kept, @Nullable LiveNode former) {
    for (AttemptToken token : kept) {
      HeldAttempt known = former == null ? null : former.held.get(token);
      held.put(token, known == null ? new HeldAttempt(token, "", "") : known);
    }
    if (former != null && former.epoch == epoch) {
      reserved = former.reserved;
    }
  }

  @Override
  public String id() {
    return profile.id();
  }

  @Override
  public String name() {
    return profile.name();
  }

  @Override
  public long amount(Fact fact) {
    return switch (fact) {
      case CPU -> profile.processors();
      case MEMORY -> profile.memoryBytes();
      case DISK -> profile.diskBytes();
    };
  }

  @Override
  public int slots() {
    return profile.slots();
  }

  @Override
  public int running() {
    return reserved + held.size() + elsewhere;
  }

  @Override
  public boolean offers(String kind) {
    return kinds.contains(kind);
  }

  @Override
  public @Nullable String label(String name) {
    return labels.get(name);
  }

  @Override
  public @Nullable Closed closed() {
    if (leaving || orders.admission() == Admission.DRAINING) {
      return Closed.DRAINING;
    }
    if (orders.admission() == Admission.CORDONED) {
      return Closed.CORDONED;
    }
    if (suspect || rejoining || departing || expelled) {
      return Closed.SUSPECT;
    }
    if (session.isSlow()) {
      return Closed.SLOW;
    }
    return refusing ? Closed.REFUSING : null;
  }

  NodeStatus status() {
    if (leaving || orders.admission() == Admission.DRAINING) {
      return NodeStatus.DRAINING;
    }
    return suspect ? NodeStatus.SUSPECT : NodeStatus.ACTIVE;
  }

  /**
   * @throws Refusal if it still takes or runs attempts
   */
  void refuseUnlessIdle() {
    if (orders.admission() != Admission.DRAINING) {
      throw inTheWay(
          id(),
          "is " + status().word() + " and takes tasks",
          "Drain it first: capstan nodes drain " + id());
    }
    if (running() > 0) {
      throw inTheWay(
          id(),
          "drains and still runs " + running() + " tasks",
          "Wait until they have ended; capstan nodes show " + id() + " tells");
    }
  }

  static Refusal inTheWay(String id, String state, String hint) {
    return new Refusal(
        Refusal.Code.WRONG_STATE, "Node " + id + " can't be removed: it " + state, hint);
  }

  KnownNode known() {
    return new KnownNode(profile, epoch, status(), orders, running(), joinedAt);
  }

  /** As it is remembered when it is gone. */
  KnownNode known(NodeStatus status) {
    return new KnownNode(profile, epoch, status, orders, 0, joinedAt);
  }
}
