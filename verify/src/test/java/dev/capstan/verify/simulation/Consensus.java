package dev.capstan.verify.simulation;

import dev.capstan.server.log.ModelCluster;
import dev.capstan.server.log.ModelCluster.Tail;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Lets the modelled log of a partition do what a consensus library does by itself: commit where a
 * majority is together, tell those who can be told, and elect when a leader is gone. It lets
 * another one lead, and changes its members, when it is asked to, as far as it can. And what it may
 * do at any moment: elect another one although nothing has happened.
 */
final class Consensus {
  private static final long STEP = TimeUnit.MILLISECONDS.toNanos(2);

  /** So long the one that led may not hear of the one that leads. */
  private static final long UNAWARE = TimeUnit.MILLISECONDS.toNanos(60);

  /** The longest silence of a majority that the library bears from the one that leads. */
  private static final long SILENCE = TimeUnit.MILLISECONDS.toNanos(120);

  private static final long ELECTION = TimeUnit.MILLISECONDS.toNanos(60);

  /** A hand-over goes to another one than was meant, once in so many times. */
  private static final int ELSEWHERE = 8;

  /** And fails at once, once in so many steps. */
  private static final int EARLY = 40;

  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final int partition;
  private final ModelCluster group;
  private final List<SimulatedCoordinator> coordinators;
  private final Tally tally;
  private final Map<SimulatedCoordinator, Long> unaware = new HashMap<>();
  private final Map<SimulatedCoordinator, Long> unanswered = new HashMap<>();
  private final List<HandOver> handOvers = new ArrayList<>();
  private Set<String> members;
  private @Nullable Change change;
  private @Nullable SimulatedCoordinator leader;
  private int leadersLife;
  private long electionNanos;
  private double restless;
  private int elections;

  /**
   * One that is under way.
   *
   * @param leaves whether the leader is to lead no more in any case
   */
  private record HandOver(
      SimulatedCoordinator from,
      int life,
      SimulatedCoordinator heir,
      boolean leaves,
      long untilNanos,
      CompletableFuture<Void> outcome) {
    void fail(Exception why) {
      if (from.process().life() == life) {
        from.process().now(() -> outcome.completeExceptionally(why));
      }
    }
  }

  /** Of the members, under way. */
  private record Change(
      SimulatedCoordinator by,
      int life,
      Set<String> to,
      long untilNanos,
      CompletableFuture<Void> outcome) {}

  /**
   * @param members the names of those that have a vote at first
   */
  Consensus(
      Agenda agenda,
      SimulatedNetwork network,
      RandomGenerator random,
      int partition,
      ModelCluster group,
      List<SimulatedCoordinator> coordinators,
      List<String> members,
      Tally tally) {
    this.members = new TreeSet<>(members);
    this.tally = tally;
    this.agenda = agenda;
    this.network = network;
    this.random = random;
    this.partition = partition;
    this.group = group;
    this.coordinators = coordinators;
  }

  /** How many of a thousand steps elect another leader for no reason. */
  void restless(double aThousand) {
    restless = aThousand / 1000;
  }

  /** Whether a coordinator is the one that was elected last. */
  boolean isElected(SimulatedCoordinator coordinator) {
    return coordinator == leader;
  }

  int elections() {
    return elections;
  }

  /** Those that have a vote, in order. */
  List<String> members() {
    return List.copyOf(members);
  }

  /**
   * Changes who has a vote, as the library does: new ones are filled first. The leader alone can.
   *
   * @return completes when that is so; fails where it is not in time
   */
  CompletableFuture<Void> setMembers(
      SimulatedCoordinator by, List<String> nodes, long atMostNanos) {
    CompletableFuture<Void> outcome = new CompletableFuture<>();
    if (by != leader || !by.replica(partition).believesToLead() || change != null) {
      outcome.completeExceptionally(new IllegalStateException("not now"));
      return outcome;
    }
    agenda.tell("the members of partition " + partition + " are to be " + nodes);
    change =
        new Change(
            by, by.process().life(), new TreeSet<>(nodes), agenda.nanos() + atMostNanos, outcome);
    return outcome;
  }

  private void proceed(Change wanted) {
    boolean leads = wanted.by() == leader && wanted.by().process().life() == wanted.life();
    if (!leads || agenda.nanos() > wanted.untilNanos()) {
      change = null;
      wanted
          .by()
          .process()
          .now(() -> wanted.outcome().completeExceptionally(new TimeoutException("not in time")));
    } else if (canLead(wanted.by())
        && canDecide(wanted.by(), wanted.to())
        && coordinators.stream()
            .filter(each -> wanted.to().contains(each.name()))
            .filter(each -> !members.contains(each.name()))
            .allMatch(each -> each.replica(partition).goneThrough() >= group.lastCommitted())) {
      agenda.tell("the members of partition " + partition + " are " + wanted.to());
      change = null;
      members = wanted.to();
      wanted.by().process().now(() -> wanted.outcome().complete(null));
    }
  }

  /**
   * Lets another replica lead, as the library does: it waits until that one has everything, and
   * takes nothing new meanwhile.
   *
   * @param leaves whether the leader is to lead no more in any case
   * @return completes when that one leads; fails where it does not in time
   */
  CompletableFuture<Void> handOver(
      SimulatedCoordinator from, SimulatedCoordinator heir, boolean leaves, long atMostNanos) {
    CompletableFuture<Void> outcome = new CompletableFuture<>();
    if (!from.replica(partition).believesToLead()) {
      outcome.complete(null);
      return outcome;
    }
    if (change != null) {
      outcome.completeExceptionally(new IllegalStateException("the members are being changed"));
      return outcome;
    }
    agenda.tell(from.replica(partition).name() + " hands over to " + heir.name());
    group.handOver(from.name());
    handOvers.add(
        new HandOver(
            from, from.process().life(), heir, leaves, agenda.nanos() + atMostNanos, outcome));
    return outcome;
  }

  void begin() {
    agenda.after(random.nextLong(STEP), this::step);
  }

  private void step() {
    SimulatedCoordinator present = leader;
    if (present == null || present.process().life() != leadersLife || !canLead(present)) {
      if (agenda.nanos() >= electionNanos) {
        elect();
      }
    } else {
      electionNanos = agenda.nanos() + ELECTION + random.nextLong(ELECTION);
      group.commit(random.nextInt(4));
      if (handOvers.isEmpty() && random.nextDouble() < restless) {
        tally.bit(Happening.ELECTION_FOR_NO_REASON);
        elect();
      }
    }
    List.copyOf(handOvers).forEach(this::proceed);
    if (change != null) {
      proceed(change);
    }
    spread();
    coordinators.forEach(this::mayLapse);
    begin();
  }

  private void proceed(HandOver handOver) {
    SimulatedCoordinator from = handOver.from();
    boolean late = agenda.nanos() > handOver.untilNanos();
    if (from.process().life() != handOver.life()) {
      end(handOver);
    } else if (!from.name().equals(from.replica(partition).leader())) {
      end(handOver);
      handOver.fail(new IllegalStateException("another one leads"));
    } else if (late || happens(EARLY)) {
      fail(handOver);
    } else if (from == leader && group.uncommitted() == 0 && canLead(from)) {
      elect(handOver);
    }
  }

  /** The heir is told to stand when it has everything; another one may be faster then. */
  private void elect(HandOver handOver) {
    if (!canLead(handOver.heir()) || random.nextBoolean()) {
      return;
    }
    end(handOver);
    if (happens(ELSEWHERE)) {
      elect();
      group.goOn(handOver.from().name());
      handOver.fail(new IllegalStateException("it lost its election"));
    } else {
      tally.bit(Happening.HAND_OVER);
      elect(handOver.heir(), Tail.KEPT);
      handOver.from().process().now(() -> handOver.outcome().complete(null));
    }
  }

  /** Once in so many times, while things go wrong. */
  private boolean happens(int oneIn) {
    return restless > 0 && random.nextInt(oneIn) == 0;
  }

  private void end(HandOver handOver) {
    handOvers.remove(handOver);
  }

  /** It leads on as if nothing had been, or another one is elected. */
  private void fail(HandOver handOver) {
    end(handOver);
    SimulatedCoordinator from = handOver.from();
    if (from == leader && (handOver.leaves() || random.nextInt(4) == 0)) {
      elect();
    } else {
      tally.happened(Happening.HAND_OVER_FAILS, from == leader);
    }
    group.goOn(from.name());
    handOver.fail(new TimeoutException("it did not take over in time"));
  }

  private boolean canLead(SimulatedCoordinator candidate) {
    return members.contains(candidate.name()) && isWell(candidate) && canDecide(candidate, members);
  }

  private boolean isWell(SimulatedCoordinator coordinator) {
    return coordinator.process().runs() && !coordinator.replica(partition).hasFailed();
  }

  /** Whether one is together with a majority. */
  private boolean canDecide(SimulatedCoordinator candidate, Set<String> of) {
    long together =
        coordinators.stream()
            .filter(each ->
                of.contains(each.name())
                    && isWell(each)
                    && network.connects(candidate.name(), each.name()))
            .count();
    return 2 * together > of.size();
  }

  private void elect() {
    List<SimulatedCoordinator> able = coordinators.stream().filter(this::canLead).toList();
    if (able.isEmpty()) {
      return;
    }
    elect(able.get(random.nextInt(able.size())), random.nextBoolean() ? Tail.KEPT : Tail.LOST);
  }

  private void elect(SimulatedCoordinator chosen, Tail tail) {
    if (leader != null && random.nextBoolean()) {
      unaware.put(leader, agenda.nanos() + random.nextLong(UNAWARE));
    }
    unaware.remove(chosen);
    leader = chosen;
    leadersLife = chosen.process().life();
    elections++;
    electionNanos = agenda.nanos() + ELECTION + random.nextLong(ELECTION);
    agenda.tell(
        chosen.replica(partition).name()
            + " is elected, tail of "
            + group.uncommitted()
            + " "
            + tail);
    group.elect(chosen.name(), tail);
  }

  /** Who takes itself for the leader, and has no answers of a majority, does so no longer. */
  private void mayLapse(SimulatedCoordinator each) {
    if (!each.process().runs() || !each.replica(partition).believesToLead() || canLead(each)) {
      unanswered.remove(each);
    } else if (agenda.nanos() - unanswered.computeIfAbsent(each, _ -> agenda.nanos()) > SILENCE) {
      unanswered.remove(each);
      tally.bit(Happening.LEADER_WITHOUT_ANSWERS);
      if (each == leader) {
        leader = null;
      }
      each.process().now(() -> group.lapse(each.name()));
    }
  }

  /** Those whom the leader reaches learn of it and apply, each as fast as it can. */
  private void spread() {
    SimulatedCoordinator from = leader;
    if (from == null) {
      return;
    }
    for (SimulatedCoordinator each : coordinators) {
      if (hears(each)
          && unaware.getOrDefault(each, 0L) <= agenda.nanos()
          && each.process().runs()
          && from.process().runs()
          && network.connects(from.name(), each.name())) {
        each.process()
            .now(() -> {
              group.notice(each.name());
              group.apply(each.name(), random.nextInt(5));
            });
      }
    }
  }

  /** Members, and who is to become one. */
  private boolean hears(SimulatedCoordinator one) {
    Change wanted = change;
    return members.contains(one.name()) || (wanted != null && wanted.to().contains(one.name()));
  }
}
