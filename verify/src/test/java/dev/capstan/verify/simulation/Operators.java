package dev.capstan.verify.simulation;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.nodes.Admission;
import dev.capstan.server.nodes.KnownNode;
import dev.capstan.server.nodes.NodeControl;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What operators say of nodes and coordinators, and take back. Where nobody can take something down
 * at the moment, it is not said, but for what must come to its end: that is said again.
 */
final class Operators {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long AGAIN = 50 * MILLISECOND;

  /** An operator waits so long for a node that is to go. */
  private static final long DRAINING = 800 * MILLISECOND;

  private static final String WHO = "operator";

  private final Agenda agenda;
  private final RandomGenerator random;
  private final List<SimulatedCoordinator> coordinators;
  private final Workforce workforce;
  private final Invariants invariants;
  private final Tally tally;
  private final Members members;
  private @Nullable SimulatedCoordinator spare;
  private @Nullable SimulatedCoordinator leaving;
  private boolean over;

  /**
   * @param spare may be taken in; null where there is none
   */
  Operators(
      Agenda agenda,
      RandomGenerator random,
      List<SimulatedCoordinator> coordinators,
      Members members,
      @Nullable SimulatedCoordinator spare,
      Workforce workforce,
      Invariants invariants) {
    this.members = members;
    this.spare = spare;
    this.agenda = agenda;
    this.random = random;
    this.coordinators = coordinators;
    this.workforce = workforce;
    this.invariants = invariants;
    this.tally = invariants.tally();
  }

  /** Everybody may do everything from now on, and there is a node for every task. */
  void end() {
    over = true;
    settle();
  }

  private void settle() {
    leader()
        .ifPresent(leader -> {
          List<KnownNode> nodes = leader.nodes().nodes();
          nodes.stream()
              .filter(node -> node.orders().admission() != Admission.OPEN)
              .map(node -> node.profile().id())
              .forEach(node -> admit(node, Admission.OPEN, null, () -> {}));
          nodes.stream()
              .filter(node -> !Workflows.HERE.equals(node.labels().get(Workflows.ZONE)))
              .forEach(node -> label(node.profile().id(), Workflows.HERE));
          coordinators.stream()
              .map(SimulatedCoordinator::name)
              .filter(leader.roster()::isDrained)
              .forEach(node -> drain(node, false, () -> {}));
        });
    agenda.after(AGAIN, this::settle);
  }

  /** Of the first partition, which has what operators say. */
  private Optional<SimulatedCoordinator> leader() {
    return coordinators.stream().filter(each -> each.replica(0).leads()).findFirst();
  }

  /** Says something where that can be taken down now. */
  private void say(Function<SimulatedCoordinator, CompletableFuture<?>> what, Runnable done) {
    leader()
        .ifPresent(leader -> {
          try {
            CompletableFuture<Void> _ =
                invariants
                    .answers()
                    .to("what an operator says", leader.process(), what.apply(leader))
                    .thenRun(done);
          } catch (Refusal notNow) {
            return;
          }
        });
  }

  private void order(Function<NodeControl, CompletableFuture<?>> what, Runnable done) {
    say(leader -> what.apply(leader.nodes().control()), done);
  }

  private void admit(String node, Admission admission, @Nullable Duration limit, Runnable done) {
    order(control -> control.admit(node, admission, limit, WHO), done);
  }

  /**
   * Says what a worker may take, and takes it back; a drain has a time limit.
   *
   * @param after so long
   */
  void admit(SimulatedWorker worker, Admission admission, Happening happening, long after) {
    String name = worker.process().name();
    Duration limit = Duration.ofNanos(random.nextLong(300 * MILLISECOND));
    Consumer<Happening> bites = bitesIfBusy(worker);
    tally.happened(happening);
    admit(
        name,
        admission,
        admission == Admission.DRAINING ? limit : null,
        () -> bites.accept(happening));
    agenda.after(after, () -> admit(name, Admission.OPEN, null, () -> {}));
  }

  private Consumer<Happening> bitesIfBusy(SimulatedWorker worker) {
    boolean busy = worker.running() > 0;
    return happening -> {
      if (busy) {
        tally.bit(happening);
      }
    };
  }

  /** Gives a worker a label, another one, or none. */
  void label(SimulatedWorker worker) {
    String name = nameOf(worker);
    switch (random.nextInt(3)) {
      case 0 ->
          order(
              control -> control.label(name, Map.of(), List.of(Workflows.ZONE), WHO),
              () -> tally.bit(Happening.LABEL_TAKEN));
      case 1 -> label(name, "elsewhere");
      default -> label(name, Workflows.HERE);
    }
  }

  private void label(String node, String zone) {
    order(
        control -> control.label(node, Map.of(Workflows.ZONE, zone), List.of(), WHO),
        () -> tally.bit(Happening.LABEL_GIVEN));
  }

  private static String nameOf(SimulatedWorker worker) {
    return worker.process().name();
  }

  /** Puts a worker out, whatever it runs; it goes on as it was until it hears of that. */
  void putOut(SimulatedWorker worker) {
    if (workforce.mayLose(worker)) {
      Consumer<Happening> bites = bitesIfBusy(worker);
      tally.happened(Happening.NODE_PUT_OUT);
      putOut(worker, () -> bites.accept(Happening.NODE_PUT_OUT));
    }
  }

  private void putOut(SimulatedWorker worker, Runnable acknowledged) {
    String name = nameOf(worker);
    if (invariants.orders().isOut(name)) {
      workforce.replace(worker);
      return;
    }
    order(
        control -> control.remove(name, true, WHO),
        () -> {
          acknowledged.run();
          invariants.putOut(name);
        });
    agenda.after(random.nextLong(AGAIN), () -> putOut(worker, acknowledged));
  }

  /** Drains a worker and removes it when it runs nothing any more. */
  void retire(SimulatedWorker worker) {
    if (workforce.mayLose(worker)) {
      tally.happened(Happening.NODE_RETIRED);
      Duration limit =
          random.nextBoolean() ? null : Duration.ofNanos(random.nextLong(300 * MILLISECOND));
      retire(worker, limit, agenda.nanos() + DRAINING);
    }
  }

  private void retire(SimulatedWorker worker, @Nullable Duration limit, long untilNanos) {
    String name = nameOf(worker);
    if (invariants.orders().isOut(name)) {
      workforce.replace(worker);
      return;
    }
    if (over || agenda.nanos() > untilNanos) {
      workforce.keep(worker);
      admit(name, Admission.OPEN, null, () -> {});
      return;
    }
    admit(name, Admission.DRAINING, limit, () -> {});
    order(
        control -> control.remove(name, false, WHO),
        () -> {
          tally.bit(Happening.NODE_RETIRED);
          invariants.putOut(name);
        });
    agenda.after(random.nextLong(AGAIN), () -> retire(worker, limit, untilNanos));
  }

  /**
   * Has a coordinator lead nothing for a while.
   *
   * @param after so long it may again
   */
  void drain(SimulatedCoordinator coordinator, long after) {
    boolean leads = coordinator.leads();
    tally.happened(Happening.COORDINATOR_DRAINED);
    drain(
        coordinator.name(),
        true,
        () -> {
          if (leads) {
            tally.bit(Happening.COORDINATOR_DRAINED);
          }
        });
    agenda.after(after, () -> drain(coordinator.name(), false, () -> {}));
  }

  private void drain(String coordinator, boolean drained, Runnable done) {
    say(leader -> leader.registrar().coordinators().drain(coordinator, drained, WHO), done);
  }

  /** Lets another coordinator in, if there is one that never was. */
  void takeIn() {
    SimulatedCoordinator next = spare;
    if (next != null) {
      spare = null;
      tally.happened(Happening.COORDINATOR_TAKEN_IN);
      members.letIn(
          next.name(),
          true,
          () -> {
            tally.bit(Happening.COORDINATOR_TAKEN_IN);
            next.start();
          });
    }
  }

  /** Puts a coordinator out, if the others can decide without it; one in a run. */
  void putOut(SimulatedCoordinator coordinator) {
    if (leaving == null && coordinator.process().isAlive()) {
      leaving = coordinator;
      putOut(coordinator, coordinator.leads());
    }
  }

  private void putOut(SimulatedCoordinator coordinator, boolean led) {
    String name = coordinator.name();
    if (over || invariants.orders().isOut(name)) {
      return;
    }
    tally.happened(Happening.COORDINATOR_PUT_OUT);
    say(
        leader -> leader.registrar().coordinators().dismiss(name, WHO),
        () -> {
          invariants.putOut(name);
          if (led) {
            tally.bit(Happening.COORDINATOR_PUT_OUT);
          }
        });
    agenda.after(AGAIN + random.nextLong(AGAIN), () -> putOut(coordinator, led));
  }

  /** Whether the members of all partitions are those that the rows name. */
  boolean membersAreSettled(List<Consensus> groups) {
    Optional<SimulatedCoordinator> leader = leader();
    return leader.isPresent()
        && groups.stream()
            .allMatch(group ->
                Set.copyOf(group.members()).equals(leader.get().roster().coordinators().keySet()));
  }
}
