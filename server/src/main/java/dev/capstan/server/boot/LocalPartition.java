package dev.capstan.server.boot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Message;
import dev.capstan.core.decision.Queries;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.model.Definition;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.config.Secrets;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.Entropy;
import dev.capstan.server.agreement.Agreement;
import dev.capstan.server.agreement.AnsweringNetwork;
import dev.capstan.server.agreement.DigestedStore;
import dev.capstan.server.agreement.Replicas;
import dev.capstan.server.agreement.StateWatch;
import dev.capstan.server.engine.Certainty;
import dev.capstan.server.engine.Engine;
import dev.capstan.server.engine.EngineAssembly;
import dev.capstan.server.gateway.Gateway.Readiness;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.gateway.Views.ClusterView;
import dev.capstan.server.lifecycle.HistorySource;
import dev.capstan.server.lifecycle.LifecycleHub;
import dev.capstan.server.log.RatisLogs;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.membership.Registrar;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.Metrics;
import dev.capstan.server.nodes.Admittance;
import dev.capstan.server.nodes.Hearing;
import dev.capstan.server.nodes.Losses;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.nodes.NodeSettings;
import dev.capstan.server.nodes.StandingOrders;
import dev.capstan.server.nodes.WorkerSessionService;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.GrownHistories;
import dev.capstan.server.partition.HistoryCheck;
import dev.capstan.server.partition.Partition;
import dev.capstan.server.partition.PartitionLimits;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionSetup;
import dev.capstan.server.partition.PartitionThread;
import dev.capstan.server.partition.Router;
import dev.capstan.server.post.Branch;
import dev.capstan.server.registry.DefinitionRegistry;
import dev.capstan.server.registry.Schedules;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import dev.capstan.server.work.HostedWorkers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One partition of the state as this coordinator has it: its replica, its log, and all that serves
 * it while it is led here. The first partition also has what belongs to the whole cluster:
 * definitions, schedules, members, and what operators say of nodes.
 */
final class LocalPartition implements Branch {
  private static final Duration CHECK_EVERY = Duration.ofSeconds(1);
  private static final int STEPS_A_DECISION = 1_000;
  private static final long EVENTS_AN_EXECUTION = 100_000;

  private final Common common;
  private final int number;
  private final String label;
  private final DigestedStore digested;
  private final Store store;
  private final DefinitionCache definitions;
  private final DefinitionRegistry registry;
  private final Schedules schedules;
  private final NodeDirectory nodes;
  private final EngineAssembly assembly;
  private final PartitionReader reader;
  private final ExecutionIndex index;
  private final WorkerSessionService sessions;
  private final HostedWorkers hosted;
  private final Leadership leadership;
  private final Partition partition;
  private final Purge purge;
  private volatile @Nullable ReplicatedLog log;
  private volatile BooleanSupplier mayBeLed = () -> true;
  private volatile Supplier<List<String>> members = List::of;
  private volatile @Nullable LongFunction<CompletableFuture<Long>> applied;
  private @Nullable Replicas replicas;

  /**
   * What all partitions of a coordinator share.
   *
   * @param admittance who may have sessions
   * @param hearing when what workers have sent is handled
   * @param lifecycle follows all that is applied
   * @param giveUp lets others lead when a partition has failed here
   * @param reason of what a partition has failed with
   */
  record Common(
      CoordinatorConfig config,
      KeySpace keys,
      Secrets secrets,
      JqLimits expressions,
      NodeSettings nodes,
      Metrics metrics,
      Clock clock,
      Admittance admittance,
      Hearing hearing,
      LifecycleHub lifecycle,
      Runnable giveUp,
      UnaryOperator<Throwable> reason) {}

  /**
   * What belongs to the whole cluster.
   *
   * @param schedules of definitions; they plan in the first partition
   * @param orders what operators say of nodes, for the other partitions; null where there are none
   * @param losses which nodes the leaders of other partitions have lost
   */
  record Cluster(
      DefinitionRegistry registry,
      Schedules schedules,
      Duties duties,
      @Nullable StandingOrders orders,
      Losses losses) {}

  /**
   * A partition that does nothing until it has its log.
   *
   * @param store over {@code digested}
   * @param router takes messages to other partitions
   */
  LocalPartition(
      int number,
      Common common,
      Cluster cluster,
      DigestedStore digested,
      Store store,
      DefinitionCache definitions,
      Router router) {
    this.common = common;
    this.number = number;
    this.label = Integer.toString(number);
    this.digested = digested;
    this.store = new WatchedStore(store, Table.EVENTS, new GrownHistories(new Histories()));
    this.definitions = definitions;
    this.registry = cluster.registry();
    this.schedules = cluster.schedules();
    boolean first = number == 0;
    CoordinatorConfig config = common.config();
    Clock clock = common.clock();
    this.nodes =
        new NodeDirectory(
            common.nodes(), common.admittance(), clock, first ? null : cluster.orders());
    cluster.losses().tell(number, nodes);
    this.assembly =
        new EngineAssembly(
            label, config.limits(), common.secrets().values(), clock, common.metrics());
    this.reader = new PartitionReader(this.store, definitions);
    this.index = new ExecutionIndex(store, reader);
    this.sessions =
        new WorkerSessionService(
            nodes,
            common.nodes(),
            assembly.signals(),
            this::leader,
            common.admittance(),
            common.hearing(),
            clock);
    this.hosted = new HostedWorkers(nodes, sessions, config.limits(), clock);
    Turns turns =
        new Turns(
            group(),
            store,
            index,
            first ? new Turns.Plans(registry, schedules, cluster.duties()) : null,
            assembly,
            sessions,
            hosted);
    this.leadership =
        new Leadership(turns::begin, turns::end, this::leader, common.giveUp(), common.reason());
    // Events start executions in the first partition alone.
    Definitions deployed =
        first ? registry : (space, name, version) -> registry.find(space, name, version);
    this.partition =
        new Partition(
            new PartitionSetup(
                this.store,
                definitions,
                deployed,
                new Decider(settings()),
                nodes.board(),
                router,
                assembly.commits(first ? schedules : null),
                leadership,
                clock,
                Entropy.system(),
                limits(config)));
    this.purge = new Purge(partition, index, config.retention(), clock, assembly::ended, label);
    turns.open(partition, purge);
  }

  private Settings settings() {
    return new Settings(
        common.expressions(),
        common.secrets(),
        runtime(),
        STEPS_A_DECISION,
        EVENTS_AN_EXECUTION,
        common.config().scheduling().waiting());
  }

  private JsonNode runtime() {
    ObjectNode runtime = JsonNodeFactory.instance.objectNode();
    runtime.put("name", "capstan").put("version", Version.text());
    runtime
        .putObject("metadata")
        .put("cluster", common.config().cluster())
        .put("coordinator", common.config().coordinator());
    return runtime;
  }

  static PartitionLimits limits(CoordinatorConfig config) {
    PartitionLimits usual = PartitionLimits.ofDefaults();
    if (usual.payloadBytes() < config.limits().payloadBytes()) {
      throw new IllegalStateException("the partition takes smaller payloads than the gateway");
    }
    return usual;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public boolean isHere() {
    return leadership.isHere();
  }

  /** All that is deployed in the cluster, as far as it is applied here. */
  Definitions deployed() {
    return registry;
  }

  /** What its group is called. */
  String group() {
    return Storage.group(number);
  }

  Store store() {
    return store;
  }

  Partition partition() {
    return partition;
  }

  NodeDirectory nodes() {
    return nodes;
  }

  WorkerSessionService sessions() {
    return sessions;
  }

  Leadership leadership() {
    return leadership;
  }

  @Override
  public @Nullable String leader() {
    ReplicatedLog present = log;
    return present == null ? null : present.role().leader();
  }

  /** Whether it has a leader, or may have one soon, as far as this coordinator can know. */
  boolean mayBeLed() {
    return mayBeLed.getAsBoolean();
  }

  /** {@inheritDoc} None before its log is open. */
  @Override
  public List<String> members() {
    return members.get();
  }

  @Override
  public CompletableFuture<Long> barrier() {
    return log().barrier();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Once that is open. The index of the store is that of the last change, so it may never get
   * there.
   */
  @Override
  public CompletableFuture<Long> applied(long index) {
    return Objects.requireNonNull(applied, "the log is not open yet").apply(index);
  }

  @Override
  public CompletableFuture<Void> deliver(Message message) {
    return partition.deliver(message);
  }

  @Override
  public CompletableFuture<Integer> take(CloudEvent event) {
    return partition.take(event);
  }

  /** The term it is in; 0 before its log is open. */
  long term() {
    ReplicatedLog present = log;
    return present == null ? 0 : present.role().term();
  }

  /** Its log, once it is open. */
  ReplicatedLog log() {
    return Objects.requireNonNull(log, "the log is not open yet");
  }

  /** Its replicas, once its log is open. */
  Replicas replicas() {
    return Objects.requireNonNull(replicas, "the log is not open yet");
  }

  /**
   * The thread that owns it; to be closed after the log, so that what is under way gets its
   * outcome.
   */
  PartitionThread thread() {
    return new PartitionThread(
        partition, number == 0 ? "capstan-partition" : "capstan-partition-" + number);
  }

  /** Begins to work on its log. */
  void open(RatisLogs logs, @Nullable AnsweringNetwork network, PartitionThread thread) {
    replicas =
        new Replicas(
            group(), common.config().coordinator(), digested.history(), this::members, network);
    ReplicatedLog opened =
        new MeasuredLog(
            logs.log(group()), common.clock(), common.metrics().timer(Metric.LOG_COMMIT, label));
    partition.attach(opened);
    thread.start();
    members = () -> logs.members(group());
    mayBeLed = () -> logs.mayBeLed(group());
    applied = index -> logs.applied(group(), index);
    log = opened;
  }

  /** Decides nothing any more; waits for what was decided. */
  void quiesce() {
    Stopping.await(partition.quiesce(), "what was decided");
  }

  /** Ends all watches and waits: they would hear nothing any more. */
  void stopServing() {
    assembly.stop("The coordinator stops");
  }

  /**
   * What answers requests for it.
   *
   * @param current completes when what is read of it here is current
   * @param known makes definitions known here
   * @param registrar changes who belongs to the cluster; null where only loopback is served
   */
  Engine engine(
      Supplier<CompletableFuture<Long>> current,
      Certainty.Known known,
      Supplier<ClusterView> cluster,
      @Nullable Registrar registrar,
      Supplier<Readiness> readiness,
      Executor watchers) {
    Clock clock = common.clock();
    Entropy entropy = Entropy.system();
    return assembly.engine(
        new EngineAssembly.Foundation(
            partition,
            store,
            definitions,
            new Queries(settings()),
            registry,
            nodes,
            hosted,
            common.lifecycle(),
            () -> common.keys().idOf(number, () -> entropy.uuid7(clock.wallMillis()).toString()),
            log()::barrier,
            new Certainty(leadership::isHere, current, known),
            cluster,
            new Agreement(number, replicas(), log(), clock, watchers),
            registrar,
            readiness,
            watchers));
  }

  /**
   * Tells its metrics and looks after it from now on.
   *
   * @param data where the disk is, told by one partition; null for the others
   * @param compareEvery pause between two comparisons of the replicas; null for none
   */
  void watch(Duties duties, Closing closing, @Nullable Path data, @Nullable Duration compareEvery) {
    Metrics metrics = common.metrics();
    metrics.add(
        new EngineReadings(
            label, common.config().coordinator(), partition, log(), store, nodes, data));
    duties.watch(sessions::tick, common.config().keepAlive());
    sessions.remindBy(after -> duties.watchOnce(sessions::tick, after));
    duties.watch(hosted::tick, common.config().keepAlive());
    OwnershipWatch ownership = new OwnershipWatch(partition, index, reader, label);
    metrics.add(ownership);
    duties.repeat(ownership::look, CHECK_EVERY);
    StateWatch states =
        closing.add(new StateWatch(replicas(), label, partition.consumer()::failed));
    metrics.add(states);
    if (compareEvery != null) {
      states.start(compareEvery);
    }
    metrics.add(closing.add(purge));
    purge.start();
  }

  /** As {@link Coordinator#check}. */
  CompletableFuture<List<String>> check() {
    HistoryCheck histories = new HistoryCheck(index, reader);
    return partition
        .check(true)
        .thenApplyAsync(owners -> {
          List<String> violations = new ArrayList<>(owners);
          violations.addAll(histories.violations());
          return violations;
        });
  }

  /** Its histories, for those who follow life-cycle events. */
  private final class Histories implements HistorySource, GrownHistories.Listener {
    @Override
    public boolean isListening() {
      return common.lifecycle().isFollowed();
    }

    @Override
    public void grown(String execution, long firstIndex) {
      common.lifecycle().grown(this, execution, firstIndex);
    }

    @Override
    public @Nullable Definition definition(String execution) {
      return reader.definition(execution);
    }

    @Override
    public DefinitionSource definitions() {
      return definitions;
    }

    @Override
    public List<Event.Recorded> history(String execution, long from, int count) {
      return reader.history(execution, from, count);
    }

    @Override
    public boolean isLedHere() {
      return leadership.isHere();
    }
  }
}
