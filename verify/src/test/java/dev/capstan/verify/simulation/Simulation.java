package dev.capstan.verify.simulation;

import dev.capstan.core.decision.RecoveryStrategy;
import dev.capstan.core.execution.Status;
import dev.capstan.server.log.ModelCluster;
import dev.capstan.server.partition.PartitionRequests.Summary;
import io.grpc.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** One run of a cluster, from a seed: some seconds in which things go wrong, and the time after. */
final class Simulation {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long TROUBLE = 3_000 * MILLISECOND;
  private static final long PATIENCE = 30_000 * MILLISECOND;
  private static final int WORKERS = 5;

  /** Reports come twice for so long. */
  private static final long SETTLING = 1_200 * MILLISECOND;

  private static final long REST = 500 * MILLISECOND;

  private final Agenda agenda = new Agenda();
  private final Tally tally = new Tally();
  private final Circumstances circumstances;
  private final boolean clocksOnly;
  private final Invariants invariants;
  private final RandomGenerator random;
  private final SimulatedNetwork network;
  private final ModelCluster group;
  private final Consensus consensus;
  private final Load load;
  private final Faults faults;
  private final Reads reads;
  private final List<SimulatedCoordinator> coordinators = new ArrayList<>();
  private final List<SimulatedWorker> workers = new ArrayList<>();
  private final Map<String, List<Runnable>> deaths = new TreeMap<>();

  /**
   * What a run came to.
   *
   * @param violations of what must hold, as sentences
   * @param trace the same for equal runs
   */
  record Result(
      long seed,
      List<String> violations,
      String trace,
      int executions,
      int faults,
      int elections,
      long milliseconds,
      Tally tally) {
    @Override
    public String toString() {
      return "seed %d, after %d ms: %s".formatted(seed, milliseconds, violations);
    }
  }

  private Simulation(
      RandomGenerator random, Path directory, Circumstances circumstances, boolean clocksOnly)
      throws IOException {
    this.random = random;
    this.circumstances = circumstances;
    this.clocksOnly = clocksOnly;
    invariants = new Invariants(agenda::tell, tally, circumstances);
    List<String> names =
        IntStream.rangeClosed(1, circumstances.coordinators()).mapToObj(i -> "c" + i).toList();
    network = new SimulatedNetwork(agenda, random, names, tally);
    group = new ModelCluster(Files.createDirectories(directory.resolve("log")));
    Path disks = Files.createDirectories(directory.resolve("disks"));
    for (String name : names) {
      SimulatedProcess process = new SimulatedProcess(name, agenda);
      coordinators.add(
          new SimulatedCoordinator(
              process, agenda, random, group, invariants, disks, circumstances));
    }
    for (int i = 1; i <= WORKERS; i++) {
      SimulatedProcess process = new SimulatedProcess("w" + i, agenda);
      workers.add(
          new SimulatedWorker(
              process, agenda, network, random, invariants, directory.resolve("work"), this::ways));
    }
    consensus = new Consensus(agenda, network, random, group, coordinators, tally);
    load = new Load(agenda, network, random, coordinators, invariants);
    faults =
        new Faults(
            agenda,
            network,
            random,
            coordinators,
            workers,
            this::died,
            consensus,
            circumstances.clocks(),
            tally);
    reads = new Reads(agenda, random, coordinators, consensus, invariants);
  }

  /**
   * Runs it to its end.
   *
   * @param directory for what is written; empty
   */
  static Result run(long seed, Path directory) throws IOException {
    RandomGenerator random = new SplittableRandom(seed);
    Circumstances circumstances = Circumstances.drawn(random, WORKERS);
    return new Simulation(random, directory, circumstances, false).outcome(seed);
  }

  /**
   * Runs one in which the clock of one coordinator at a time is an hour early or late, and nothing
   * else goes wrong: no node is lost by that.
   *
   * @param directory for what is written; empty
   */
  static Result runWithWrongClocks(long seed, Path directory) throws IOException {
    RandomGenerator random = new SplittableRandom(seed);
    Circumstances circumstances = Circumstances.drawn(random, WORKERS).withWrongClocks(WORKERS);
    return new Simulation(random, directory, circumstances, true).outcome(seed);
  }

  private Result outcome(long seed) {
    try {
      run();
    } catch (RuntimeException e) {
      invariants.violated("it broke: " + e + " at " + List.of(e.getStackTrace()).subList(0, 5));
    }
    return result(seed);
  }

  private Result result(long seed) {
    StringBuilder trace = new StringBuilder();
    coordinators.forEach(each -> trace.append(each.digest()).append(' '));
    trace.append(agenda.nanos()).append(' ').append(agenda.number());
    return new Result(
        seed,
        invariants.violations(),
        trace.toString(),
        load.started(),
        faults.count(),
        consensus.elections(),
        agenda.nanos() / MILLISECOND,
        tally);
  }

  private List<Channel> ways(SimulatedProcess worker) {
    List<Channel> ways = new ArrayList<>();
    for (SimulatedCoordinator each : coordinators) {
      ways.add(
          new Wire(
              network,
              worker,
              each.process(),
              each::session,
              (process, action) ->
                  deaths.computeIfAbsent(process.name(), _ -> new ArrayList<>()).add(action),
              random));
    }
    return ways;
  }

  /** The system of a process that has died resets its connections. */
  private void died(SimulatedProcess process) {
    List<Runnable> connections = deaths.remove(process.name());
    if (connections != null) {
      connections.forEach(Runnable::run);
    }
  }

  private void run() {
    coordinators.forEach(SimulatedCoordinator::start);
    workers.forEach(SimulatedWorker::start);
    consensus.begin();
    load.begin();
    reads.begin();
    if (clocksOnly) {
      faults.beginWithClocks();
    } else {
      network.stalls(random.nextInt(30));
      coordinators.forEach(each -> each.failing(random.nextInt(10)));
      consensus.restless(random.nextInt(8));
      faults.begin();
    }
    long end = agenda.nanos() + TROUBLE;
    while (agenda.nanos() < end && invariants.violations().isEmpty()) {
      agenda.step();
    }
    load.end();
    faults.end();
    network.stalls(0);
    consensus.restless(0);
    awaitEnd();
    if (invariants.violations().isEmpty()) {
      checkAtTheEnd();
      rest();
    }
    if (clocksOnly) {
      checkNodes();
    }
  }

  /** While nobody asks for anything, nothing is written: nodes that stay there are no news. */
  private void rest() {
    load.rest();
    pass(SETTLING);
    long index = group.lastCommitted() + group.uncommitted();
    long before = network.keepAlives();
    pass(REST);
    long after = group.lastCommitted() + group.uncommitted();
    if (after != index) {
      invariants.violated("at rest the log has grown from " + index + " to " + after);
    }
    if (network.keepAlives() - before < circumstances.nodes()) {
      invariants.violated("only " + (network.keepAlives() - before) + " keepalives at rest");
    }
    tally.bit(Happening.KEEPALIVE_AT_REST);
  }

  private void pass(long nanos) {
    long end = agenda.nanos() + nanos;
    while (agenda.nanos() < end) {
      agenda.step();
    }
  }

  /** Every node has the session that it got at first, and every attempt ran where it was given. */
  private void checkNodes() {
    NodeEpochs nodes = invariants.committed().nodes();
    if (nodes.sessions() != WORKERS || nodes.departures() > 0) {
      invariants.violated(
          "of %d nodes there were %d sessions, and %d departures"
              .formatted(WORKERS, nodes.sessions(), nodes.departures()));
    }
  }

  private void awaitEnd() {
    long end = agenda.nanos() + PATIENCE;
    while (!isOver() && invariants.violations().isEmpty()) {
      if (agenda.nanos() > end) {
        invariants.violated(
            "all was well for " + PATIENCE / MILLISECOND + " ms and this is not over: " + story());
        return;
      }
      long next = agenda.nanos() + 20 * MILLISECOND;
      while (agenda.nanos() < next) {
        agenda.step();
      }
    }
  }

  /** All that were promised have ended everywhere, and nothing is held. */
  private boolean isOver() {
    return coordinators.stream().anyMatch(SimulatedCoordinator::leads)
        && coordinators.stream().map(SimulatedCoordinator::appliedIndex).distinct().count() == 1
        && load.allAcknowledged()
        && open().isEmpty()
        && workers.stream().allMatch(each -> each.running() == 0)
        && noSlotIsTaken();
  }

  private boolean noSlotIsTaken() {
    return coordinators.stream()
        .filter(SimulatedCoordinator::leads)
        .flatMap(each -> each.nodes().nodes().stream())
        .allMatch(node -> node.running() == 0);
  }

  private List<String> open() {
    List<String> open = new ArrayList<>();
    for (String id : invariants.acknowledged()) {
      for (SimulatedCoordinator each : coordinators) {
        Summary summary = each.reader().summary(id, false);
        if (summary == null || !summary.status().hasEnded()) {
          open.add(
              id + " on " + each.name() + (summary == null ? " lost" : " " + summary.status()));
        }
      }
    }
    return open;
  }

  /** What the leader knows of those that do not end. */
  private String story() {
    StringBuilder story = new StringBuilder(open().toString());
    for (SimulatedCoordinator each : coordinators) {
      if (each.leads()) {
        story.append("; ").append(each.name()).append(" leads ").append(each.nodes().nodes());
        for (String id : invariants.acknowledged()) {
          Summary summary = each.reader().summary(id, false);
          if (summary != null && !summary.status().hasEnded()) {
            story.append("\n").append(id).append(": ");
            story.append(each.reader().history(id, 0, Integer.MAX_VALUE));
          }
        }
      }
    }
    workers.forEach(
        each -> story.append("\n").append(each.process().name()).append(' ').append(each.status()));
    return story.toString();
  }

  /** What nobody can decide about stops nobody else, and says why. */
  private void checkEnd(String id, Summary summary) {
    boolean cancelled = summary.status() == Status.CANCELLED;
    boolean right =
        switch (Workflows.of(id)) {
          case Workflows.POISONED ->
              cancelled
                  || isLoss(id, summary)
                  || String.valueOf(summary.error()).contains("a fault of the engine");
          case Workflows.STUCK -> cancelled;
          default -> summary.error() == null || isLoss(id, summary);
        };
    if (!right) {
      invariants.violated(id + " ended as " + summary.status() + ": " + summary.error());
    }
  }

  /** Where a lost node is the end of its tasks, an execution may end with one. */
  private boolean isLoss(String id, Summary summary) {
    boolean loss =
        summary.status() == Status.FAULTED
            && HistoryRules.isLoss(Objects.requireNonNull(summary.error()))
            && Workflows.recovery(id, circumstances.recovery()) == RecoveryStrategy.FAIL;
    if (loss) {
      tally.bit(Happening.LOST_NODE_ENDS_EXECUTION);
    }
    return loss;
  }

  private void checkAtTheEnd() {
    for (SimulatedCoordinator each : coordinators) {
      each.historyViolations().forEach(found -> invariants.violated(each.name() + ": " + found));
      for (String id : invariants.acknowledged()) {
        invariants.history(id, each.reader().history(id, 0, Integer.MAX_VALUE));
        Summary summary = each.reader().summary(id, false);
        if (summary != null) {
          checkEnd(id, summary);
        }
      }
    }
    if (coordinators.stream().map(SimulatedCoordinator::digest).distinct().count() != 1) {
      invariants.violated("the replicas differ at the end");
    }
  }
}
