package dev.capstan.verify.simulation;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** What goes wrong, and when it is well again. */
final class Faults {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final List<SimulatedCoordinator> coordinators;
  private final List<SimulatedWorker> workers;
  private final Consumer<SimulatedProcess> died;
  private boolean over;
  private int count;

  Faults(
      Agenda agenda,
      SimulatedNetwork network,
      RandomGenerator random,
      List<SimulatedCoordinator> coordinators,
      List<SimulatedWorker> workers,
      Consumer<SimulatedProcess> died) {
    this.died = died;
    this.agenda = agenda;
    this.network = network;
    this.random = random;
    this.coordinators = coordinators;
    this.workers = workers;
  }

  int count() {
    return count;
  }

  void begin() {
    agenda.after(random.nextLong(250 * MILLISECOND), this::next);
  }

  /** Everything is well from now on. */
  void end() {
    over = true;
    network.heal();
    coordinators.forEach(each -> {
      each.skew(0);
      each.failing(0);
      each.process().resume();
      if (!each.process().isAlive()) {
        each.start();
      }
    });
    workers.forEach(each -> {
      each.process().resume();
      if (!each.process().isAlive()) {
        each.start();
      }
      each.calm();
    });
  }

  private void next() {
    if (over) {
      return;
    }
    count++;
    switch (random.nextInt(9)) {
      case 0, 1 -> crash(one(coordinators));
      case 2, 3 -> crash(one(workers));
      case 4 -> pause(one(coordinators).process());
      case 5 -> pause(one(workers).process());
      case 6 -> cut(one(coordinators).process(), random.nextBoolean());
      case 7 -> cut(one(workers).process(), random.nextBoolean());
      case 8 -> one(coordinators).skew(random.nextLong(-500, 500));
      default -> throw new AssertionError("there are nine");
    }
    if (random.nextInt(3) == 0) {
      SimulatedCoordinator one = one(coordinators);
      one.process().now(one::flush);
    }
    begin();
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** From a blink to some leases. */
  private long duration() {
    return random.nextLong((random.nextInt(2) == 0 ? 1_500 : 200) * MILLISECOND);
  }

  private void crash(SimulatedCoordinator coordinator) {
    if (!coordinator.process().isAlive()) {
      return;
    }
    coordinator.crash();
    died.accept(coordinator.process());
    agenda.after(
        duration(),
        () -> {
          if (!coordinator.process().isAlive()) {
            coordinator.start();
          }
        });
  }

  private void crash(SimulatedWorker worker) {
    if (!worker.process().isAlive()) {
      return;
    }
    worker.crash();
    died.accept(worker.process());
    agenda.after(
        duration(),
        () -> {
          if (!worker.process().isAlive()) {
            worker.start();
          }
        });
  }

  private void pause(SimulatedProcess process) {
    agenda.tell(process.name() + " stands still");
    process.pause();
    agenda.after(
        duration(),
        () -> {
          network.goesOn(process.name());
          process.resume();
        });
  }

  /** From all others, or in one direction. */
  private void cut(SimulatedProcess process, boolean bothWays) {
    boolean outwards = random.nextBoolean();
    boolean all = random.nextBoolean();
    coordinators.forEach(each -> cut(process, each.process(), all, bothWays, outwards));
    workers.forEach(each -> cut(process, each.process(), all, bothWays, outwards));
    agenda.after(duration(), network::heal);
  }

  private void cut(
      SimulatedProcess process,
      SimulatedProcess other,
      boolean all,
      boolean bothWays,
      boolean outwards) {
    if (process == other || (!all && random.nextInt(3) == 0)) {
      return;
    }
    if (bothWays || outwards) {
      network.cut(process.name(), other.name());
    }
    if (bothWays || !outwards) {
      network.cut(other.name(), process.name());
    }
  }
}
