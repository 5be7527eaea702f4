package dev.capstan.verify.simulation;

import dev.capstan.server.log.ModelCluster;
import dev.capstan.server.log.ModelCluster.Tail;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Lets the modelled log of a partition do what a consensus library does by itself: commit where a
 * majority is together, tell those who can be told, and elect when a leader is gone. And what it
 * may do at any moment: elect another one although nothing has happened.
 */
final class Consensus {
  private static final long STEP = TimeUnit.MILLISECONDS.toNanos(2);

  /** So long the one that led may not hear of the one that leads. */
  private static final long UNAWARE = TimeUnit.MILLISECONDS.toNanos(60);

  private static final long ELECTION = TimeUnit.MILLISECONDS.toNanos(60);

  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final int partition;
  private final ModelCluster group;
  private final List<SimulatedCoordinator> coordinators;
  private final Tally tally;
  private final Map<SimulatedCoordinator, Long> unaware = new HashMap<>();
  private @Nullable SimulatedCoordinator leader;
  private int leadersLife;
  private long electionNanos;
  private double restless;
  private int elections;

  Consensus(
      Agenda agenda,
      SimulatedNetwork network,
      RandomGenerator random,
      int partition,
      ModelCluster group,
      List<SimulatedCoordinator> coordinators,
      Tally tally) {
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
      if (random.nextDouble() < restless) {
        tally.bit(Happening.ELECTION_FOR_NO_REASON);
        elect();
      }
    }
    spread();
    begin();
  }

  private boolean canLead(SimulatedCoordinator candidate) {
    long together =
        coordinators.stream()
            .filter(each ->
                each.process().runs()
                    && !each.replica(partition).hasFailed()
                    && network.connects(candidate.name(), each.name()))
            .count();
    return candidate.process().runs()
        && !candidate.replica(partition).hasFailed()
        && 2 * together > coordinators.size();
  }

  private void elect() {
    List<SimulatedCoordinator> able = coordinators.stream().filter(this::canLead).toList();
    if (able.isEmpty()) {
      return;
    }
    SimulatedCoordinator chosen = able.get(random.nextInt(able.size()));
    if (leader != null && random.nextBoolean()) {
      unaware.put(leader, agenda.nanos() + random.nextLong(UNAWARE));
    }
    unaware.remove(chosen);
    leader = chosen;
    leadersLife = chosen.process().life();
    elections++;
    electionNanos = agenda.nanos() + ELECTION + random.nextLong(ELECTION);
    Tail tail = random.nextBoolean() ? Tail.KEPT : Tail.LOST;
    agenda.tell(
        chosen.replica(partition).name()
            + " is elected, tail of "
            + group.uncommitted()
            + " "
            + tail);
    group.elect(chosen.name(), tail);
  }

  /** Those whom the leader reaches learn of it and apply, each as fast as it can. */
  private void spread() {
    SimulatedCoordinator from = leader;
    if (from == null) {
      return;
    }
    for (SimulatedCoordinator each : coordinators) {
      if (unaware.getOrDefault(each, 0L) <= agenda.nanos()
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
}
