package dev.capstan.verify.simulation;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Clients that want to read what is current: whoever takes itself for the leader is asked for a
 * barrier, and then has everything that anybody was told before.
 */
final class Reads {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(40);

  private final Agenda agenda;
  private final RandomGenerator random;
  private final List<SimulatedCoordinator> coordinators;
  private final Consensus consensus;
  private final Invariants invariants;

  Reads(
      Agenda agenda,
      RandomGenerator random,
      List<SimulatedCoordinator> coordinators,
      Consensus consensus,
      Invariants invariants) {
    this.agenda = agenda;
    this.random = random;
    this.coordinators = coordinators;
    this.consensus = consensus;
    this.invariants = invariants;
  }

  void begin() {
    agenda.after(
        random.nextLong(PAUSE),
        () -> {
          coordinators.forEach(each -> each.process().now(() -> read(each)));
          begin();
        });
  }

  private void read(SimulatedCoordinator asked) {
    if (!asked.believesToLead()) {
      return;
    }
    boolean deposed = !consensus.isElected(asked);
    Set<String> started = new TreeSet<>(invariants.acknowledged());
    Set<String> ended = new TreeSet<>(invariants.endsTold());
    int life = asked.process().life();
    var _ =
        asked
            .barrier()
            .whenComplete((index, _) -> {
              if (index != null && life == asked.process().life()) {
                invariants.tally().bit(Happening.CURRENT_READ);
                invariants.current(asked.name(), asked.reader(), started, ended);
              } else if (deposed) {
                invariants.tally().bit(Happening.READ_OF_A_DEPOSED_LEADER);
              }
            });
  }
}
