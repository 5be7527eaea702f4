package dev.capstan.verify.simulation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Message;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.Entropy;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.ModelCluster;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.nodes.AttemptSignals;
import dev.capstan.server.nodes.Hearing;
import dev.capstan.server.nodes.Losses;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.nodes.NodeSettings;
import dev.capstan.server.nodes.StandingOrders;
import dev.capstan.server.nodes.WorkerSessionService;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.HistoryCheck;
import dev.capstan.server.partition.OwnershipSample;
import dev.capstan.server.partition.Partition;
import dev.capstan.server.partition.PartitionListener;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionSetup;
import dev.capstan.server.partition.Router;
import dev.capstan.server.post.Branch;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Store;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One partition at one coordinator: the real partition, directory of nodes and sessions. What its
 * disk has kept when it starts again is what it had written at some moment; the log has the rest.
 */
final class SimulatedReplica implements Branch {
  private static final int WORK_AT_A_TIME = 4;

  /** It looks at itself so often. */
  static final long LOOK = TimeUnit.MILLISECONDS.toNanos(8);

  private final int number;
  private final SimulatedProcess process;
  private final Agenda agenda;
  private final RandomGenerator random;
  private final ModelCluster group;
  private final CommittedState committed;
  private final Path directory;
  private final Circumstances circumstances;
  private final Supplier<List<String>> members;
  private final Invariants invariants;
  private final Tally tally;
  private final NavigableMap<Long, CompletableFuture<Long>> waits = new TreeMap<>();
  private MemoryStore store = new MemoryStore();
  private final Overdue overdue = new Overdue(LOOK, () -> store.sequence());
  private @Nullable Path written;
  private int checkpoints;
  private boolean leads;
  private boolean checking;
  private boolean failed;
  private boolean stops;
  private @Nullable Partition partition;
  private @Nullable WorkerSessionService sessions;
  private @Nullable NodeDirectory nodes;
  private @Nullable ReplicatedLog log;
  private @Nullable PartitionReader reader;
  private @Nullable Life given;

  /**
   * @param group of its replicas
   * @param committed what they agree on
   * @param directory its disk
   * @param members the names of the coordinators that have a vote
   */
  SimulatedReplica(
      int number,
      SimulatedProcess process,
      Agenda agenda,
      RandomGenerator random,
      ModelCluster group,
      CommittedState committed,
      Path directory,
      Circumstances circumstances,
      Supplier<List<String>> members,
      Invariants invariants) {
    this.number = number;
    this.process = process;
    this.agenda = agenda;
    this.random = random;
    this.group = group;
    this.committed = committed;
    this.directory = directory;
    this.circumstances = circumstances;
    this.members = members;
    this.invariants = invariants;
    this.tally = invariants.tally();
  }

  /**
   * What a life of its process gives it.
   *
   * @param store this one's, with whatever else looks at it
   * @param deployed definitions by name
   * @param orders what operators say of nodes; null where this partition keeps it
   * @param losses which nodes other partitions have lost
   * @param lead runs when it begins to lead, before it takes work
   * @param failing whether the log fails this time
   * @param broken whether the disk does
   * @param known what the coordinator knows of what operators have said
   */
  record Life(
      Store store,
      DefinitionCache definitions,
      Definitions deployed,
      @Nullable StandingOrders orders,
      Losses losses,
      SimulatedAdmittance admittance,
      NodeSettings settings,
      Router router,
      Clock clock,
      Runnable lead,
      BooleanSupplier failing,
      BooleanSupplier broken,
      Supplier<Orders.Known> known) {}

  /** Its store, every change of which is looked at. */
  CheckedStore checked(Runnable write) {
    return new CheckedStore(store, process.name(), committed, write, this::reader, this::moved);
  }

  void start(Life life) {
    agenda.tell(name() + " starts from index " + store.appliedIndex());
    leads = false;
    checking = false;
    failed = false;
    stops = false;
    waits.clear();
    given = life;
    reader = new PartitionReader(life.store(), life.definitions());
    nodes = new NodeDirectory(life.settings(), life.admittance(), life.clock(), life.orders());
    life.losses().tell(number, nodes);
    WorkerSessionService opened =
        new WorkerSessionService(
            nodes,
            life.settings(),
            new Silent(),
            this::leader,
            life.admittance(),
            Hearing.AT_ONCE,
            life.clock());
    opened.remindBy(after -> process.after(after.toNanos(), opened::tick));
    sessions = opened;
    partition =
        new Partition(
            new PartitionSetup(
                life.store(),
                life.definitions(),
                life.deployed(),
                new Decider(
                    new Settings(
                        JqLimits.ofSteps(100_000),
                        Workflows::secret,
                        JsonNodeFactory.instance.objectNode(),
                        1_000,
                        10_000,
                        circumstances.waiting())),
                nodes.board(),
                life.router(),
                new Commits(),
                new Leadership(life),
                life.clock(),
                Entropy.seeded(random.nextLong()),
                circumstances.partition()));
    log = group.open(process.name(), partition.consumer(), circumstances.log());
    partition.attach(new UnreliableLog(log, random, life.failing(), this::proposed, tally));
  }

  private void proposed(byte[] entry) {
    Batch batch = Batch.decode(ByteBuffer.wrap(entry));
    Set<String> over = overdue.proposed(agenda.nanos(), batch.sequence());
    over.retainAll(drained());
    invariants.orders().proposed(number, batch, life().known().get().with(over));
  }

  /** For whose drain the time is over, by what it knows and by its clock. */
  private Set<String> drained() {
    return invariants.orders().overdue(life().known().get().orders(), life().clock().wallMillis());
  }

  /** Looks for whose drain the time is over: nodes that are connected, and run something. */
  private void lookAtDrains() {
    Set<String> over = drained();
    if (!over.isEmpty()) {
      over.retainAll(
          nodes().nodes().stream()
              .filter(node -> node.running() > 0)
              .map(node -> node.profile().id())
              .collect(Collectors.toSet()));
    }
    overdue.look(agenda.nanos(), over);
  }

  /** Ends the sessions of nodes that were put out. */
  void recheck() {
    sessions().recheck();
  }

  /** The coordinator stops: says goodbye to all workers. */
  void shutdown() {
    sessions().shutdown();
  }

  /** How far its log has come, with entries that change nothing; -1 where it was never started. */
  long goneThrough() {
    return log == null ? -1 : log.status().appliedIndex();
  }

  /** Decides nothing any more; completes when what it has decided has its outcome. */
  CompletableFuture<Void> quiesce() {
    stops = true;
    return partition().quiesce();
  }

  /** Where its log stands. */
  LogStatus status() {
    return log().status();
  }

  Store store() {
    return life().store();
  }

  private Life life() {
    return present(given);
  }

  /** What it is called in stories. */
  String name() {
    return circumstances.partitions() == 1 ? process.name() : process.name() + "/" + number;
  }

  void tick() {
    sessions().tick();
    invariants.bound("workers are connected", nodes().connected(), circumstances.nodes());
  }

  /**
   * Has a look at itself.
   *
   * @param whole compares all that is in memory with its rows
   */
  void look(boolean whole) {
    int own = stops ? 1 : 0;
    invariants.bound(
        "requests wait", partition().status().inboxRequests(), circumstances.inbox() + own);
    if (leads) {
      lookAtDrains();
    }
    if (leads && whole) {
      checkOwners();
    }
  }

  /** Executions in which something has happened have an owner in its memory too. */
  private void moved(Set<String> executions) {
    if (leads && !executions.isEmpty()) {
      List<OwnershipSample> samples =
          executions.stream().map(id -> new OwnershipSample(id, null)).toList();
      var _ = partition().check(samples).thenAccept(found -> violated(found.violations()));
    }
  }

  /** Everything has an owner, at any moment. */
  private void checkOwners() {
    if (checking) {
      return;
    }
    checking = true;
    var _ =
        partition()
            .check(true)
            .whenComplete((found, failure) -> {
              checking = false;
              if (found != null) {
                violated(found);
              }
            });
  }

  private void violated(List<String> found) {
    found.forEach(each -> invariants.violated("on " + name() + ": " + each));
  }

  void work() {
    for (int i = 0; i < WORK_AT_A_TIME && partition().doWork(); i++) {
      if (random.nextInt(4) == 0) {
        break;
      }
    }
    settleWaits();
  }

  private void settleWaits() {
    while (!waits.isEmpty() && waits.firstKey() <= log().status().appliedIndex()) {
      Map.Entry<Long, CompletableFuture<Long>> reached = waits.pollFirstEntry();
      reached.getValue().complete(reached.getKey());
    }
  }

  /** The process has died; what it had written at some moment before is on its disk. */
  void crash() {
    leads = false;
    if (log != null) {
      log.close();
    }
    partition = null;
    if (random.nextBoolean()) {
      MemoryStore fresh = new MemoryStore();
      if (written != null) {
        fresh.restore(written);
      }
      tally.happened(Happening.DISK_IS_BEHIND, fresh.appliedIndex() < store.appliedIndex());
      store = fresh;
    }
  }

  /** What has been applied is written to the disk, as far as the store does that by itself. */
  void flush() {
    Path next = directory.resolve(process.name() + "-" + number + "-" + checkpoints++);
    store.checkpoint(next);
    written = next;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public boolean isHere() {
    return leads;
  }

  /** Leads, and goes on. */
  boolean leads() {
    return leads && process.runs();
  }

  /** Whether it takes itself for the leader, rightly or not. */
  boolean believesToLead() {
    return log != null && log.role().leads();
  }

  /** Whether it serves nothing any more, because its disk failed. */
  boolean hasFailed() {
    return failed;
  }

  @Override
  public @Nullable String leader() {
    return log == null ? null : log.role().leader();
  }

  @Override
  public List<String> members() {
    return members.get();
  }

  /** Completes when everything that was acknowledged before can be read here. */
  @Override
  public CompletableFuture<Long> barrier() {
    return log().barrier();
  }

  @Override
  public CompletableFuture<Long> applied(long index) {
    CompletableFuture<Long> wait = waits.computeIfAbsent(index, _ -> new CompletableFuture<>());
    settleWaits();
    return wait;
  }

  @Override
  public CompletableFuture<Void> deliver(Message message) {
    return partition().deliver(message);
  }

  @Override
  public CompletableFuture<Integer> take(CloudEvent event) {
    return partition().take(event);
  }

  Partition partition() {
    return present(partition);
  }

  PartitionReader reader() {
    return present(reader);
  }

  NodeDirectory nodes() {
    return present(nodes);
  }

  private WorkerSessionService sessions() {
    return present(sessions);
  }

  private ReplicatedLog log() {
    return present(log);
  }

  private <T> T present(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException(name() + " was never started");
    }
    return part;
  }

  long appliedIndex() {
    return store.appliedIndex();
  }

  long digest() {
    return store.digest();
  }

  List<String> historyViolations() {
    return new HistoryCheck(new ExecutionIndex(store, reader()), reader()).violations();
  }

  /** Takes the stream of a worker. */
  StreamObserver<WorkerMessage> session(String worker, StreamObserver<CoordinatorMessage> down) {
    if (invariants.orders().isOut(worker, life().known().get().orders())) {
      tally.bit(Happening.STREAM_OF_ONE_PUT_OUT);
    }
    CheckedStream checked = new CheckedStream(down, this::said);
    StreamObserver<WorkerMessage> up =
        life().admittance().call(worker, () -> sessions().session(checked));
    return new HeardStream(up, message -> heard(worker, message));
  }

  /** What a node reports that was put out, as far as that has come here, counts for nothing. */
  private void heard(String worker, WorkerMessage message) {
    if (!invariants.orders().isOut(worker, life().known().get().out())) {
      for (Report report : message.getReports().getReportsList()) {
        invariants.heard(SimulatedWorker.token(report.getToken()));
      }
    }
  }

  private void said(CoordinatorMessage message) {
    committed.said(name(), message, appliedIndex());
    if (message.getGoodbye().getReason().contains("too many nodes")) {
      tally.bit(Happening.TOO_MANY_NODES);
    }
  }

  private final class Leadership implements PartitionListener {
    private final Life life;

    Leadership(Life life) {
      this.life = life;
    }

    @Override
    public void leads(long term) {
      agenda.tell(name() + " leads in term " + term + " from index " + store.appliedIndex());
      life.lead().run();
      sessions().lead(term, new LateAnswers(partition(), process, random), life.store());
      leads = true;
      overdue.clear();
    }

    @Override
    public void leadsNoMore(long term) {
      agenda.tell(name() + " leads no more since term " + term);
      leads = false;
      overdue.clear();
      sessions().follow();
    }

    @Override
    public void failed(Throwable cause) {
      leads = false;
      failed = true;
      agenda.tell(name() + " fails: " + cause);
      if (!life.broken().getAsBoolean()) {
        invariants.violated("the partition of " + name() + " failed: " + cause);
      }
    }
  }

  private record Silent() implements AttemptSignals {
    @Override
    public void progress(AttemptToken token, double fraction, String message) {}

    @Override
    public void output(
        AttemptToken token, String taskName, String reference, String stream, String text) {}
  }

  private final class Commits implements PartitionRequests.CommitListener {
    @Override
    public void committed(PartitionRequests.Summary summary, Event.Recorded events) {
      invariants.committed(summary.id(), events);
    }

    @Override
    public void ended(PartitionRequests.Summary summary, Execution last) {
      String id = summary.id();
      invariants.endTold(id, reader());
      if (partition().status().poisoned() > 0 && Workflows.of(id) == Workflows.POISONED) {
        tally.bit(Happening.POISON);
      }
    }
  }
}
