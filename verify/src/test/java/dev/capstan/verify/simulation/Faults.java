package dev.capstan.verify.simulation;

import dev.capstan.server.nodes.Admission;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** What goes wrong, and when it is well again. */
final class Faults {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

  /** From one to the next at most. */
  private static final long PAUSE = 190 * MILLISECOND;

  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final List<SimulatedCoordinator> coordinators;
  private final Workforce workforce;
  private final List<SimulatedWorker> workers;
  private final Operators operators;
  private final Joins joins;
  private final Consumer<SimulatedProcess> died;
  private final List<Consensus> groups;
  private final Tally tally;
  private final long clocks;
  private boolean over;
  private int count;

  /**
   * @param clocks by how many milliseconds the clock of a coordinator may be off
   */
  Faults(
      Agenda agenda,
      SimulatedNetwork network,
      RandomGenerator random,
      List<SimulatedCoordinator> coordinators,
      Workforce workforce,
      Operators operators,
      Joins joins,
      Consumer<SimulatedProcess> died,
      List<Consensus> groups,
      long clocks,
      Tally tally) {
    this.clocks = clocks;
    this.groups = groups;
    this.tally = tally;
    this.died = died;
    this.agenda = agenda;
    this.network = network;
    this.random = random;
    this.coordinators = coordinators;
    this.workforce = workforce;
    this.workers = workforce.workers();
    this.operators = operators;
    this.joins = joins;
  }

  int count() {
    return count;
  }

  void begin() {
    agenda.after(random.nextLong(PAUSE), this::next);
  }

  /** Nothing goes wrong but the clocks of coordinators. */
  void beginWithClocks() {
    agenda.after(
        random.nextLong(100 * MILLISECOND),
        () -> {
          if (!over) {
            count++;
            skew(one(coordinators));
            beginWithClocks();
          }
        });
  }

  /**
   * Everything is well from now on. Where a clock was far off, it is so late everywhere that
   * everything has come that it put down for later.
   */
  void end() {
    over = true;
    network.heal();
    coordinators.forEach(each -> {
      each.skew(clocks == Circumstances.WRONG_CLOCKS ? clocks : 0);
      each.failing(0);
      each.process().resume();
      if (each.hasFailed() && each.process().isAlive()) {
        each.crash();
        died.accept(each.process());
      }
      if (!each.process().isAlive() && mayStart(each)) {
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
    workforce.outcasts().forEach(each -> each.process().resume());
    operators.end();
  }

  private void next() {
    if (over) {
      return;
    }
    count++;
    switch (random.nextInt(19)) {
      case 0, 1 -> crash(one(coordinators));
      case 2, 3 -> crash(one(workers));
      case 4 -> pause(one(coordinators));
      case 5 -> pause(one(workers));
      case 6 -> cut(one(coordinators).process(), Happening.COORDINATOR_CUT_OFF);
      case 7 -> cut(one(workers).process(), Happening.WORKER_CUT_OFF);
      case 8 -> skew(one(coordinators));
      case 9 -> breakDisk(one(coordinators));
      case 10 ->
          order(
              one -> operators.admit(one, Admission.CORDONED, Happening.NODE_CORDONED, duration()));
      case 11 ->
          order(
              one -> operators.admit(one, Admission.DRAINING, Happening.NODE_DRAINED, duration()));
      case 12 -> order(operators::putOut);
      case 13 -> order(operators::retire);
      case 14 -> order(operators::label);
      case 15 -> operators.drain(one(coordinators), duration());
      case 16 -> handOver(one(coordinators));
      case 17 -> stop(one(coordinators));
      case 18 -> changeMembers();
      default -> throw new AssertionError("there are nineteen");
    }
    if (random.nextInt(3) == 0) {
      SimulatedCoordinator one = one(coordinators);
      one.process().now(one::flush);
    }
    begin();
  }

  /** An operator says something of a worker, now or when it joins the next time. */
  private void order(Consumer<SimulatedWorker> what) {
    SimulatedWorker worker = one(workers);
    if (random.nextBoolean()) {
      what.accept(worker);
      return;
    }
    joins.withTheNext(
        worker.process().name(),
        () -> {
          if (!over) {
            what.accept(worker);
          }
        });
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** From a blink to some leases. */
  private long duration() {
    return random.nextLong((random.nextInt(2) == 0 ? 1_500 : 200) * MILLISECOND);
  }

  private void skew(SimulatedCoordinator coordinator) {
    tally.happened(Happening.CLOCK_JUMPS, coordinator.leads());
    if (clocks == Circumstances.WRONG_CLOCKS) {
      coordinators.forEach(each -> each.skew(0));
      coordinator.skew(random.nextBoolean() ? clocks : -clocks);
      tally.happened(Happening.CLOCK_IS_WRONG, coordinator.leads());
    } else {
      coordinator.skew(random.nextLong(-clocks, clocks));
    }
  }

  /** The next write fails; somebody starts it again with a disk that is well. */
  private void breakDisk(SimulatedCoordinator coordinator) {
    if (!coordinator.process().runs()) {
      return;
    }
    boolean led = coordinator.leads();
    int life = coordinator.process().life();
    agenda.tell("the disk of " + coordinator.name() + " breaks");
    coordinator.breakDisk();
    agenda.after(
        duration(),
        () -> {
          if (coordinator.process().life() == life && coordinator.process().isAlive()) {
            boolean another = coordinators.stream().anyMatch(SimulatedCoordinator::leads);
            tally.happened(Happening.DISK_FAILS, led && coordinator.hasFailed() && another);
            crash(coordinator);
          }
        });
  }

  private void changeMembers() {
    if (random.nextBoolean()) {
      operators.takeIn();
    } else {
      operators.putOut(leaving());
    }
  }

  /** Most likely one that can't hear of it. */
  private SimulatedCoordinator leaving() {
    return coordinators.stream()
        .filter(each -> each.process().isAlive() && !each.process().runs())
        .findFirst()
        .orElseGet(() -> one(coordinators));
  }

  private void handOver(SimulatedCoordinator coordinator) {
    if (coordinator.process().runs()) {
      coordinator.handOvers().all(false);
    }
  }

  /** In order; somebody starts it again. */
  private void stop(SimulatedCoordinator coordinator) {
    if (!coordinator.process().runs()) {
      return;
    }
    coordinator.leave(() -> {
      coordinator.crash();
      died.accept(coordinator.process());
      startLater(coordinator);
    });
  }

  private void crash(SimulatedCoordinator coordinator) {
    if (!coordinator.process().isAlive()) {
      return;
    }
    tally.happened(Happening.COORDINATOR_DIES, coordinator.leads());
    coordinator.crash();
    died.accept(coordinator.process());
    startLater(coordinator);
  }

  private void startLater(SimulatedCoordinator coordinator) {
    agenda.after(
        duration(),
        () -> {
          if (!coordinator.process().isAlive() && mayStart(coordinator)) {
            coordinator.start();
          }
        });
  }

  /** One that was never let in has not been started either. */
  private static boolean mayStart(SimulatedCoordinator coordinator) {
    return coordinator.process().life() > 0 && !coordinator.isGone();
  }

  private void crash(SimulatedWorker worker) {
    if (!worker.process().isAlive()) {
      return;
    }
    tally.happened(Happening.WORKER_DIES, worker.running() > 0);
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

  private void pause(SimulatedCoordinator coordinator) {
    boolean led = coordinator.leads();
    pause(
        coordinator.process(),
        () ->
            tally.happened(
                Happening.COORDINATOR_STANDS_STILL,
                led && groups.stream().noneMatch(each -> each.isElected(coordinator))));
  }

  private void pause(SimulatedWorker worker) {
    boolean busy = worker.running() > 0;
    pause(worker.process(), () -> tally.happened(Happening.WORKER_STANDS_STILL, busy));
  }

  private void pause(SimulatedProcess process, Runnable before) {
    agenda.tell(process.name() + " stands still");
    process.pause();
    agenda.after(
        duration(),
        () -> {
          before.run();
          network.goesOn(process.name());
          process.resume();
        });
  }

  /** From all others, or in one direction. */
  private void cut(SimulatedProcess process, Happening happening) {
    boolean bothWays = random.nextBoolean();
    int before = network.held(process.name());
    boolean outwards = random.nextBoolean();
    boolean all = random.nextBoolean();
    coordinators.forEach(each -> cut(process, each.process(), all, bothWays, outwards));
    workers.forEach(each -> cut(process, each.process(), all, bothWays, outwards));
    agenda.after(
        duration(),
        () -> {
          tally.happened(happening, network.held(process.name()) > before);
          network.heal();
        });
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
