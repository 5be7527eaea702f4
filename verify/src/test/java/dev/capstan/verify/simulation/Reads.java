package dev.capstan.verify.simulation;

import dev.capstan.server.gateway.KeySpace;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Clients that want to read what is current: a coordinator that leads a partition, or takes itself
 * for the leader, or another one, confirms that it has everything that anybody was told before.
 */
final class Reads {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(40);

  private static final int ONE_IN = 4;

  private final Agenda agenda;
  private final RandomGenerator random;
  private final List<SimulatedCoordinator> coordinators;
  private final List<Consensus> groups;
  private final KeySpace keys;
  private final Invariants invariants;

  /**
   * @param groups of all partitions
   */
  Reads(
      Agenda agenda,
      RandomGenerator random,
      List<SimulatedCoordinator> coordinators,
      List<Consensus> groups,
      KeySpace keys,
      Invariants invariants) {
    this.agenda = agenda;
    this.random = random;
    this.coordinators = coordinators;
    this.groups = groups;
    this.keys = keys;
    this.invariants = invariants;
  }

  void begin() {
    agenda.after(
        random.nextLong(PAUSE),
        () -> {
          for (SimulatedCoordinator each : coordinators) {
            each.replicas().forEach(replica -> each.process().now(() -> read(each, replica)));
          }
          begin();
        });
  }

  private void read(SimulatedCoordinator asked, SimulatedReplica replica) {
    if (replica.believesToLead()) {
      boolean deposed = !groups.get(replica.number()).isElected(asked);
      Happening otherwise = deposed ? Happening.READ_OF_A_DEPOSED_LEADER : null;
      read(asked, replica, replica.barrier(), Happening.CURRENT_READ, otherwise);
    } else if (random.nextInt(ONE_IN) == 0) {
      CompletableFuture<Long> confirmed = asked.currency(replica.number()).confirm();
      read(asked, replica, confirmed, Happening.CURRENT_READ_ELSEWHERE, null);
    }
  }

  private void read(
      SimulatedCoordinator asked,
      SimulatedReplica replica,
      CompletableFuture<Long> confirmed,
      Happening current,
      @Nullable Happening otherwise) {
    Set<String> started = owned(replica, invariants.acknowledged());
    Set<String> ended = owned(replica, invariants.endsTold());
    int life = asked.process().life();
    var _ =
        confirmed.whenComplete((index, _) -> {
          if (index != null && life == asked.process().life()) {
            invariants.tally().bit(current);
            invariants.current(replica.name(), replica.reader(), started, ended);
          } else if (otherwise != null) {
            invariants.tally().bit(otherwise);
          }
        });
  }

  private Set<String> owned(SimulatedReplica replica, Set<String> executions) {
    Set<String> owned = new TreeSet<>(executions);
    owned.removeIf(id -> keys.ownerOf(id) != replica.number());
    return owned;
  }
}
