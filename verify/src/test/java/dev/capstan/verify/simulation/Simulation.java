package dev.capstan.verify.simulation;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.RecoveryStrategy;
import dev.capstan.core.execution.Status;
import dev.capstan.server.log.ModelCluster;
import dev.capstan.server.nodes.NodeStatus;
import dev.capstan.server.partition.PartitionRequests.Summary;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One run of a cluster, from a seed: some seconds in which things go wrong, and the time after. */
final class Simulation {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long TROUBLE = 3_000 * MILLISECOND;
  private static final long PATIENCE = 30_000 * MILLISECOND;
  private static final int WORKERS = 5;

  /** Reports come twice for so long. */
  private static final long SETTLING = 1_200 * MILLISECOND;

  private static final int RESTS = 8;

  private static final long REST = 500 * MILLISECOND;

  private static final Set<NodeStatus> GONE = Set.of(NodeStatus.LEFT, NodeStatus.LOST);

  private final Agenda agenda = new Agenda();
  private final Tally tally = new Tally();
  private final Circumstances circumstances;
  private final boolean clocksOnly;
  private final Invariants invariants;
  private final RandomGenerator random;
  private final SimulatedNetwork network;
  private final List<ModelCluster> groups = new ArrayList<>();
  private final List<Consensus> consensus = new ArrayList<>();
  private final Load load;
  private final Operators operators;
  private final Joins joins;
  private final Faults faults;
  private final Reads reads;
  private final List<SimulatedCoordinator> coordinators = new ArrayList<>();
  private final Members members;
  private final Workforce workforce;
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
    invariants = new Invariants(agenda, tally, circumstances);
    int first = circumstances.coordinators();
    List<String> names =
        IntStream.rangeClosed(1, first + circumstances.spares()).mapToObj(i -> "c" + i).toList();
    network = new SimulatedNetwork(agenda, random, names, tally);
    for (int i = 0; i < circumstances.partitions(); i++) {
      groups.add(new ModelCluster(Files.createDirectories(directory.resolve("log-" + i))));
    }
    Path disks = Files.createDirectories(directory.resolve("disks"));
    for (String name : names) {
      SimulatedProcess process = new SimulatedProcess(name, agenda);
      coordinators.add(
          new SimulatedCoordinator(
              process,
              agenda,
              network,
              random,
              groups,
              consensus,
              invariants,
              disks,
              circumstances,
              this::coordinator));
    }
    members = new Members(agenda, random, coordinators);
    workforce = new Workforce(members, name -> worker(name, directory), WORKERS);
    for (int i = 0; i < groups.size(); i++) {
      consensus.add(
          new Consensus(
              agenda,
              network,
              random,
              i,
              groups.get(i),
              coordinators,
              names.subList(0, first),
              tally));
    }
    load = new Load(agenda, network, random, coordinators, circumstances, invariants);
    joins = new Joins(agenda, random, tally);
    operators =
        new Operators(
            agenda,
            random,
            coordinators,
            members,
            circumstances.spares() == 0 ? null : coordinators.getLast(),
            workforce,
            invariants);
    faults =
        new Faults(
            agenda,
            network,
            random,
            coordinators,
            workforce,
            operators,
            joins,
            this::died,
            consensus,
            circumstances.clocks(),
            tally);
    reads = new Reads(agenda, random, coordinators, consensus, circumstances.keys(), invariants);
  }

  private SimulatedWorker worker(String name, Path directory) {
    return new SimulatedWorker(
        new SimulatedProcess(name, agenda),
        agenda,
        network,
        random,
        invariants,
        directory.resolve("work"),
        this::ways);
  }

  private SimulatedCoordinator coordinator(String name) {
    return coordinators.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  private Stream<SimulatedReplica> replicas() {
    return coordinators.stream().flatMap(each -> each.replicas().stream());
  }

  private Stream<CommittedState> committed() {
    return IntStream.range(0, groups.size()).mapToObj(invariants::committed);
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
    replicas().forEach(each -> trace.append(each.digest()).append(' '));
    trace.append(agenda.nanos()).append(' ').append(agenda.number());
    return new Result(
        seed,
        invariants.violations(),
        trace.toString(),
        load.started(),
        faults.count(),
        consensus.stream().mapToInt(Consensus::elections).sum(),
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
              (partition, name, down) -> session(each, partition, name, down),
              (process, action) ->
                  deaths.computeIfAbsent(process.name(), _ -> new ArrayList<>()).add(action),
              random));
    }
    return ways;
  }

  private StreamObserver<WorkerMessage> session(
      SimulatedCoordinator at,
      int partition,
      String worker,
      StreamObserver<CoordinatorMessage> down) {
    return new HeardStream(
        at.session(partition, worker, down),
        message -> joins.said(worker, message, at.replica(partition)));
  }

  /** The system of a process that has died resets its connections. */
  private void died(SimulatedProcess process) {
    List<Runnable> connections = deaths.remove(process.name());
    if (connections != null) {
      connections.forEach(Runnable::run);
    }
  }

  private void run() {
    coordinators.forEach(each ->
        each.onPutOut(() -> {
          each.crash();
          died(each.process());
        }));
    List<SimulatedCoordinator> founders = coordinators.subList(0, circumstances.coordinators());
    founders.forEach(SimulatedCoordinator::start);
    founders.forEach(each -> members.letIn(each.name(), true, () -> {}));
    workforce.start();
    consensus.forEach(Consensus::begin);
    load.begin();
    reads.begin();
    if (clocksOnly) {
      faults.beginWithClocks();
    } else {
      network.stalls(random.nextInt(30));
      coordinators.forEach(each -> each.failing(random.nextInt(10)));
      network.losses(random.nextInt(100));
      consensus.forEach(each -> each.restless(random.nextInt(8)));
      faults.begin();
    }
    long end = agenda.nanos() + TROUBLE;
    while (agenda.nanos() < end && invariants.violations().isEmpty()) {
      agenda.step();
    }
    load.end();
    faults.end();
    network.stalls(0);
    network.losses(0);
    consensus.forEach(each -> each.restless(0));
    awaitEnd();
    if (invariants.violations().isEmpty()) {
      checkAtTheEnd();
      rest();
      invariants.answers().missing().forEach(invariants::violated);
    }
    if (clocksOnly) {
      checkNodes();
    }
  }

  /** While nobody asks for anything, nothing is written: nodes that stay there are no news. */
  private void rest() {
    load.rest();
    pass(SETTLING);
    long before = network.keepAlives();
    for (int i = 0; i < RESTS; i++) {
      long index = written();
      pass(REST);
      if (written() == index) {
        break;
      }
      // A leadership that could not be handed over before may be by now.
      if (i == RESTS - 1) {
        invariants.violated("at rest the logs have grown from " + index + " to " + written());
      }
    }
    if (network.keepAlives() - before < circumstances.nodes()) {
      invariants.violated("only " + (network.keepAlives() - before) + " keepalives at rest");
    }
    tally.bit(Happening.KEEPALIVE_AT_REST);
  }

  /** How much is in all logs. */
  private long written() {
    return groups.stream().mapToLong(each -> each.lastCommitted() + each.uncommitted()).sum();
  }

  private void pass(long nanos) {
    long end = agenda.nanos() + nanos;
    while (agenda.nanos() < end) {
      agenda.step();
    }
  }

  /** Every node has the session that it got at first, and every attempt ran where it was given. */
  private void checkNodes() {
    committed()
        .map(CommittedState::nodes)
        .filter(nodes -> nodes.sessions() != WORKERS || nodes.departures() > 0)
        .forEach(nodes ->
            invariants.violated(
                "of %d nodes there were %d sessions, and %d departures"
                    .formatted(WORKERS, nodes.sessions(), nodes.departures())));
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

  /** All have ended everywhere, nothing is held, and no message is on its way. */
  private boolean isOver() {
    return groupsAgree()
        && load.allAcknowledged()
        && open().isEmpty()
        && invariants.kinship().unsettled().isEmpty()
        && workforce.rests()
        && noSlotIsTaken()
        && coordinators.stream().allMatch(this::belongsHere);
  }

  /** Each partition is led, and all its replicas have applied the same. */
  private boolean groupsAgree() {
    return operators.membersAreSettled(consensus)
        && IntStream.range(0, groups.size())
            .allMatch(i ->
                members(i).anyMatch(SimulatedReplica::leads)
                    && members(i).map(SimulatedReplica::appliedIndex).distinct().count() == 1);
  }

  /** Who was put out and has no vote any more ends by itself, whatever it was when that came. */
  private boolean belongsHere(SimulatedCoordinator coordinator) {
    return !coordinator.process().isAlive()
        || !invariants.orders().isOut(coordinator.name())
        || consensus.stream().anyMatch(each -> each.members().contains(coordinator.name()));
  }

  /** The replicas of a partition that have a vote. */
  private Stream<SimulatedReplica> members(int partition) {
    List<String> names = consensus.get(partition).members();
    return coordinators.stream()
        .filter(each -> names.contains(each.name()))
        .map(each -> each.replica(partition));
  }

  /** And nobody waits for a node that was put out. */
  private boolean noSlotIsTaken() {
    return replicas()
        .filter(SimulatedReplica::leads)
        .flatMap(each -> each.nodes().nodes().stream())
        .allMatch(node ->
            node.running() == 0
                && (GONE.contains(node.status())
                    || !invariants.orders().isOut(node.profile().id())));
  }

  private List<String> open() {
    return committed().flatMap(each -> each.open().stream()).toList();
  }

  /** What is known of those that do not end. */
  private String story() {
    StringBuilder story = new StringBuilder(open().toString());
    story.append(invariants.kinship().unsettled());
    story.append(load.allAcknowledged() ? "" : "; not all starts are acknowledged");
    replicas()
        .filter(SimulatedReplica::leads)
        .forEach(each -> {
          story.append("; ").append(each.name()).append(" leads ").append(each.nodes().nodes());
          for (String id : invariants.committed(each.number()).open()) {
            story.append("\n").append(id).append(": ");
            story.append(each.reader().history(id, 0, Integer.MAX_VALUE));
          }
        });
    Stream.concat(workforce.workers().stream(), workforce.outcasts().stream())
        .forEach(each ->
            story.append("\n").append(each.process().name()).append(' ').append(each.status()));
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
          case Workflows.CHILD -> isRightForAChild(id, summary);
          default -> summary.error() == null || isLoss(id, summary);
        };
    if (!right) {
      invariants.violated(id + " ended as " + summary.status() + ": " + summary.error());
    }
  }

  /** A child may be as deep as it may be, and ends as those that it waits for. */
  private boolean isRightForAChild(String id, Summary summary) {
    return summary.error() == null
        || isLoss(id, summary)
        || String.valueOf(summary.error()).contains("levels deep");
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
    for (int i = 0; i < groups.size(); i++) {
      members(i).forEach(this::checkAtTheEnd);
      if (members(i).map(SimulatedReplica::digest).distinct().count() != 1) {
        invariants.violated("the replicas of partition " + i + " differ at the end");
      }
    }
  }

  private void checkAtTheEnd(SimulatedReplica replica) {
    replica
        .historyViolations()
        .forEach(found -> invariants.violated(replica.name() + ": " + found));
    Set<String> known = invariants.committed(replica.number()).executions();
    for (String id : known) {
      invariants.history(id, replica.reader().history(id, 0, Integer.MAX_VALUE));
      Summary summary = replica.reader().summary(id, false);
      if (summary == null || !summary.status().hasEnded()) {
        invariants.violated(id + " is lost on " + replica.name());
      } else {
        checkEnd(id, summary);
      }
    }
    invariants.acknowledged().stream()
        .filter(id -> circumstances.keys().ownerOf(id) == replica.number() && !known.contains(id))
        .forEach(id -> invariants.violated(id + " was acknowledged, and nobody knows it"));
  }
}
