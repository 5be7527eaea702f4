package dev.capstan.verify.simulation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.Entropy;
import dev.capstan.node.env.StorageFailure;
import dev.capstan.server.log.ModelCluster;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.nodes.Admittance;
import dev.capstan.server.nodes.AttemptSignals;
import dev.capstan.server.nodes.Hearing;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.nodes.NodeSettings;
import dev.capstan.server.nodes.WorkerSessionService;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.HistoryCheck;
import dev.capstan.server.partition.OwnershipSample;
import dev.capstan.server.partition.Partition;
import dev.capstan.server.partition.PartitionListener;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionSetup;
import dev.capstan.server.partition.Router;
import dev.capstan.server.partition.StoredDefinitions;
import dev.capstan.server.store.MemoryStore;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator: the real partition, directory of nodes and sessions. What its disk has kept when
 * it starts again is what it had written at some moment; the log has the rest.
 */
final class SimulatedCoordinator {
  /** Four of them are a lease. */
  static final Duration KEEP_ALIVE = Duration.ofMillis(60);

  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long WALL_MILLIS = 1_800_000_000_000L;
  private static final long LOOK = 8 * MILLISECOND;

  /** Of so many looks one compares all that is in memory with its rows. */
  private static final int WHOLE_LOOK = 4;

  private static final int WORK_AT_A_TIME = 4;

  private final SimulatedProcess process;
  private final Agenda agenda;
  private final RandomGenerator random;
  private final ModelCluster group;
  private final Invariants invariants;
  private final Path directory;
  private final Circumstances circumstances;
  private final Tally tally;
  private MemoryStore store = new MemoryStore();
  private @Nullable Path written;
  private int checkpoints;
  private long skewMillis;
  private double failing;
  private boolean leads;
  private boolean working;
  private boolean checking;
  private int looks;
  private boolean broken;
  private boolean failed;
  private @Nullable Partition partition;
  private @Nullable WorkerSessionService sessions;
  private @Nullable NodeDirectory nodes;
  private @Nullable ReplicatedLog log;
  private @Nullable PartitionReader reader;

  SimulatedCoordinator(
      SimulatedProcess process,
      Agenda agenda,
      RandomGenerator random,
      ModelCluster group,
      Invariants invariants,
      Path directory,
      Circumstances circumstances) {
    this.circumstances = circumstances;
    this.tally = invariants.tally();
    this.process = process;
    this.agenda = agenda;
    this.random = random;
    this.group = group;
    this.invariants = invariants;
    this.directory = directory;
    process.afterwards(this::workSoon);
  }

  String name() {
    return process.name();
  }

  SimulatedProcess process() {
    return process;
  }

  /** Its wall clock is off by so much from now on. */
  void skew(long millis) {
    skewMillis = millis;
  }

  /** So many of a thousand proposals are not taken, or nobody says what became of them. */
  void failing(double aThousand) {
    failing = aThousand / 1_000;
  }

  void start() {
    process.start();
    agenda.tell(name() + " starts from index " + store.appliedIndex());
    leads = false;
    working = false;
    checking = false;
    broken = false;
    failed = false;
    CheckedStore checked =
        new CheckedStore(store, name(), invariants, this::write, this::reader, this::moved);
    DefinitionCache definitions =
        new DefinitionCache(checked, Workflows::compiled, Workflows.COUNT + 1);
    reader = new PartitionReader(checked, definitions);
    NodeSettings settings = settings();
    Clock clock = clock();
    nodes = new NodeDirectory(settings, Admittance.OPEN, clock);
    sessions =
        new WorkerSessionService(
            nodes, settings, new Silent(), this::leader, Admittance.OPEN, Hearing.AT_ONCE, clock);
    partition =
        new Partition(
            new PartitionSetup(
                checked,
                definitions,
                new StoredDefinitions(checked, definitions),
                new Decider(
                    new Settings(
                        JqLimits.ofSteps(100_000),
                        Workflows::secret,
                        JsonNodeFactory.instance.objectNode(),
                        1_000,
                        10_000,
                        circumstances.waiting())),
                nodes,
                Router.ONE,
                new Commits(),
                new Leadership(checked),
                clock,
                Entropy.seeded(random.nextLong()),
                circumstances.partition()));
    log = group.open(name(), partition.consumer(), circumstances.log());
    partition.attach(new UnreliableLog(log, random, () -> random.nextDouble() < failing, tally));
    watch();
    look();
  }

  private NodeSettings settings() {
    NodeSettings usual = NodeSettings.ofDefaults("simulated", name());
    return new NodeSettings(
        usual.cluster(),
        usual.coordinator(),
        KEEP_ALIVE,
        usual.silentIntervals(),
        usual.silenceCounts(),
        KEEP_ALIVE.dividedBy(2),
        Duration.ofSeconds(1),
        KEEP_ALIVE,
        usual.remembered(),
        circumstances.strategy(),
        circumstances.limits());
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public long wallMillis() {
        return WALL_MILLIS + agenda.nanos() / MILLISECOND + skewMillis;
      }

      @Override
      public long nanos() {
        return agenda.nanos();
      }
    };
  }

  private @Nullable String leader() {
    return log == null ? null : log.role().leader();
  }

  private void watch() {
    process.after(
        KEEP_ALIVE.toNanos() / 4,
        () -> {
          sessions().tick();
          invariants.bound("workers are connected", nodes().connected(), circumstances.nodes());
          watch();
        });
  }

  /** Has a look at itself more often than anything takes that can go wrong. */
  private void look() {
    process.after(
        LOOK,
        () -> {
          int waiting = partition().status().inboxRequests();
          invariants.bound("requests wait", waiting, circumstances.inbox());
          if (leads && ++looks % WHOLE_LOOK == 0) {
            checkOwners();
          }
          look();
        });
  }

  /** Executions in which something has happened have an owner in its memory too. */
  private void moved(Set<String> executions) {
    if (leads && !executions.isEmpty()) {
      List<OwnershipSample> samples =
          executions.stream().map(id -> new OwnershipSample(id, null)).toList();
      var _ =
          partition()
              .check(samples)
              .thenAccept(found ->
                  found
                      .violations()
                      .forEach(each -> invariants.violated("on " + name() + ": " + each)));
    }
  }

  private void write() {
    if (broken) {
      throw new StorageFailure(StorageFailure.Code.DISK_ERROR, "a write failed", null);
    }
  }

  /** The next write fails. */
  void breakDisk() {
    broken = true;
  }

  /** Whether it serves nothing any more, because its disk failed. */
  boolean hasFailed() {
    return failed;
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
                found.forEach(each -> invariants.violated("on " + name() + ": " + each));
              }
            });
  }

  /** Whatever happens may give the partition something to do. */
  private void workSoon() {
    if (!working && partition != null) {
      working = true;
      process.after(random.nextLong(MILLISECOND), this::work);
    }
  }

  private void work() {
    working = false;
    for (int i = 0; i < WORK_AT_A_TIME && partition().doWork(); i++) {
      if (random.nextInt(4) == 0) {
        break;
      }
    }
  }

  /** The process dies; what it had written at some moment before is on its disk. */
  void crash() {
    agenda.tell(name() + " dies");
    process.crash();
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
    Path next = directory.resolve(name() + "-" + checkpoints++);
    store.checkpoint(next);
    written = next;
  }

  boolean leads() {
    return leads && process.runs();
  }

  /** Whether it takes itself for the leader, rightly or not. */
  boolean believesToLead() {
    return log != null && log.role().leads();
  }

  /** Completes when everything that was acknowledged before can be read here. */
  CompletableFuture<Long> barrier() {
    return present(log).barrier();
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
  StreamObserver<WorkerMessage> session(StreamObserver<CoordinatorMessage> down) {
    return sessions().session(new CheckedStream(down, this::said));
  }

  private void said(CoordinatorMessage message) {
    invariants.said(name(), message, appliedIndex());
    if (message.getGoodbye().getReason().contains("too many nodes")) {
      tally.bit(Happening.TOO_MANY_NODES);
    }
  }

  private final class Leadership implements PartitionListener {
    private final CheckedStore checked;

    Leadership(CheckedStore checked) {
      this.checked = checked;
    }

    @Override
    public void leads(long term) {
      agenda.tell(name() + " leads in term " + term + " from index " + store.appliedIndex());
      sessions().lead(term, partition(), checked);
      leads = true;
    }

    @Override
    public void leadsNoMore(long term) {
      agenda.tell(name() + " leads no more since term " + term);
      leads = false;
      sessions().follow();
    }

    @Override
    public void failed(Throwable cause) {
      leads = false;
      failed = true;
      agenda.tell(name() + " fails: " + cause);
      if (!broken) {
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
