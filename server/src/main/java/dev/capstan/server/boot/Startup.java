package dev.capstan.server.boot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Settings;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.server.agreement.Agreement;
import dev.capstan.server.agreement.AnsweringNetwork;
import dev.capstan.server.agreement.DigestedStore;
import dev.capstan.server.agreement.Replicas;
import dev.capstan.server.agreement.StateWatch;
import dev.capstan.server.config.CoordinatorConfig;
import dev.capstan.server.config.Secrets;
import dev.capstan.server.engine.EngineAssembly;
import dev.capstan.server.env.Clock;
import dev.capstan.server.env.Entropy;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.grpc.DistributedEngineService;
import dev.capstan.server.grpc.ExecutionsService;
import dev.capstan.server.http.HttpServer;
import dev.capstan.server.http.LeaderLocator;
import dev.capstan.server.log.LogConsumer;
import dev.capstan.server.log.LogException;
import dev.capstan.server.log.LogOptions;
import dev.capstan.server.log.RatisLogs;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.log.SharedBarrier;
import dev.capstan.server.membership.ClusterAdmittance;
import dev.capstan.server.membership.Roster;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.Metrics;
import dev.capstan.server.nodes.Admittance;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.nodes.NodeSettings;
import dev.capstan.server.nodes.WorkerSessionService;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.HistoryCheck;
import dev.capstan.server.partition.Partition;
import dev.capstan.server.partition.PartitionLimits;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionSetup;
import dev.capstan.server.partition.PartitionThread;
import dev.capstan.server.partition.Router;
import dev.capstan.server.registry.DefinitionRegistry;
import dev.capstan.server.registry.DefinitionTexts;
import dev.capstan.server.registry.Schedules;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import io.grpc.BindableService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start of a coordinator, in the order in which parts need each other: data, log, partition;
 * then what stands in rows is read; then the doors open. What has been opened is closed in the
 * opposite order, which stops the doors first.
 */
final class Startup {
  private static final Logger LOG = LoggerFactory.getLogger(Startup.class);
  private static final String GROUP = "main";
  private static final String PARTITION = "0";
  private static final Duration CHECK_EVERY = Duration.ofSeconds(1);
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration HAND_OVER = Duration.ofSeconds(2);
  private static final Duration CONFIRMED_WITHIN = Duration.ofSeconds(2);
  private static final int KEPT_TEXTS = 64;
  private static final int STEPS_A_DECISION = 1_000;
  private static final long EVENTS_AN_EXECUTION = 100_000;

  private final CoordinatorConfig config;
  private final Secrets secrets;
  private final @Nullable Peers peers;
  private final @Nullable Protection protection;
  private final Closing closing;
  private final Clock clock = Clock.system();
  private final JqLimits expressions;
  private final NodeSettings nodeSettings;
  private volatile @Nullable ReplicatedLog log;
  private volatile @Nullable RatisLogs logs;

  Startup(
      CoordinatorConfig config,
      Secrets secrets,
      @Nullable Peers peers,
      @Nullable Protection protection,
      Closing closing) {
    this.config = config;
    this.peers = peers;
    this.protection = protection;
    this.secrets = secrets;
    this.closing = closing;
    this.expressions =
        new JqLimits(
            JqLimits.DEFAULT_STEPS,
            JqLimits.DEFAULT_NODES,
            JqLimits.DEFAULT_DEPTH,
            JqLimits.DEFAULT_NANOS,
            clock::nanos,
            () -> Instant.ofEpochMilli(clock.wallMillis()));
    this.nodeSettings = NodeSettings.of(config);
  }

  Coordinator run() {
    long startedNanos = clock.nanos();
    Storage storage = closing.add(Storage.open(config));
    DigestedStore digested = new DigestedStore(storage.store());
    Store store = watched(digested);
    DefinitionTexts texts =
        new DefinitionTexts(new DefinitionLoader(), config.limits().definitionBytes(), KEPT_TEXTS);
    DefinitionCache definitions =
        new DefinitionCache(
            store,
            text -> texts.compile(text, "a stored definition").definition(),
            config.cachedDefinitions());
    Schedules schedules = new Schedules(definitions, config.zone(), expressions);
    DefinitionRegistry registry = new DefinitionRegistry(texts, definitions, schedules);
    NodeDirectory nodes = new NodeDirectory(nodeSettings, admittance(), clock);
    Metrics metrics = closing.add(new Metrics(Version.text()));
    EngineAssembly assembly = new EngineAssembly(config.limits(), secrets.values(), clock, metrics);
    PartitionReader reader = new PartitionReader(store, definitions);
    ExecutionIndex index = new ExecutionIndex(store, reader);
    WorkerSessionService sessions =
        new WorkerSessionService(
            nodes, nodeSettings, assembly.signals(), this::leader, admittance(), clock);
    Duties duties = closing.add(new Duties(schedules, clock));
    Turns turns = new Turns(store, index, registry, schedules, assembly, sessions, duties);
    Leadership leadership = new Leadership(turns::begin, turns::end, this::leader, this::giveUp);
    Partition partition =
        new Partition(
            new PartitionSetup(
                store,
                definitions,
                registry,
                new Decider(
                    new Settings(
                        expressions,
                        secrets,
                        runtime(),
                        STEPS_A_DECISION,
                        EVENTS_AN_EXECUTION,
                        config.scheduling().waiting())),
                nodes,
                Router.ONE,
                assembly.commits(schedules),
                leadership,
                clock,
                Entropy.system(),
                partitionLimits()));
    Purge purge =
        new Purge(partition, index, config.retention(), clock, assembly::ended, PARTITION);
    registry.open(partition);
    schedules.open(partition, duties::lookAtSchedules);
    turns.open(partition, purge);
    // The log is closed before the thread is stopped, so that what is under way gets its outcome.
    PartitionThread thread = closing.add(new PartitionThread(partition, "capstan-partition"));
    AnsweringNetwork network = peers == null ? null : new AnsweringNetwork(peers.network());
    RatisLogs logs = closing.add(open(storage, partition, network));
    this.logs = logs;
    Replicas replicas =
        new Replicas(
            GROUP, config.coordinator(), digested.history(), () -> logs.members(GROUP), network);
    if (network != null) {
      network.answerFrom(replicas);
    }
    closing.add(() -> logs.handOver(HAND_OVER));
    ReplicatedLog opened =
        new MeasuredLog(logs.log(GROUP), clock, metrics.timer(Metric.LOG_COMMIT, PARTITION));
    partition.attach(opened);
    thread.start();
    log = opened;
    closing.add(() -> Stopping.await(partition.quiesce(), "what was decided"));
    if (peers == null) {
      leadership.await(READY_WITHIN);
    }

    ExecutorService watchers = Executors.newVirtualThreadPerTaskExecutor();
    closing.add(watchers::shutdown);
    Enrolment enrolment =
        protection == null
            ? null
            : new Enrolment(protection, config, partition, store, leadership, clock);
    ClusterReport cluster = new ClusterReport(config, partition, opened, nodes, roster());
    Gateway gateway =
        assembly.gateway(
            new EngineAssembly.Foundation(
                partition,
                store,
                definitions,
                registry,
                schedules,
                nodes,
                clock,
                Entropy.system(),
                opened::barrier,
                cluster,
                new Agreement(0, replicas, opened, clock, watchers),
                enrolment == null ? null : enrolment.registrar(),
                leadership::readiness,
                watchers));
    closing.add(() -> assembly.stop("The coordinator stops"));
    metrics.add(
        new EngineReadings(
            PARTITION,
            config.coordinator(),
            partition,
            opened,
            store,
            nodes,
            storage.directory().root()));
    Listeners listeners = new Listeners(config, protection);
    List<BindableService> services = new ArrayList<>();
    services.add(sessions);
    services.add(
        new ExecutionsService(
            gateway, listeners.principal(), ExecutionsService.DEFAULT_OUTSTANDING, metrics));
    services.add(new DistributedEngineService(gateway, listeners.principal()));
    if (enrolment != null) {
      services.add(enrolment.service(this::leader));
    }
    Rpc rpc =
        closing.add(
            new Rpc(
                config,
                services,
                listeners.interceptors(),
                protection == null ? null : protection.grpc()));
    closing.add(sessions::shutdown);
    cluster.listensOn(rpc.port() == null ? "" : config.grpcHost() + ":" + rpc.port());
    Integer httpPort = config.httpPort();
    HttpServer http =
        httpPort == null
            ? null
            : closing.add(listeners.http(httpPort, gateway, metrics, locator(leadership)));
    duties.watch(sessions, config.keepAlive());
    if (enrolment != null) {
      enrolment.begin(duties, logs, GROUP, sessions);
    }
    OwnershipWatch ownership = new OwnershipWatch(partition, index, reader, PARTITION);
    metrics.add(ownership);
    StateWatch states =
        closing.add(new StateWatch(replicas, PARTITION, partition.consumer()::failed));
    metrics.add(states);
    if (peers != null && peers.compareEvery() != null) {
      states.start(peers.compareEvery());
    }
    duties.repeat(ownership::look, CHECK_EVERY);
    metrics.add(closing.add(purge));
    purge.start();
    LOG.info(
        "Coordinator {} is ready after {} ms",
        config.coordinator(),
        (clock.nanos() - startedNanos) / 1_000_000);
    return new Coordinator(
        gateway, rpc, http, () -> check(partition, store, definitions), leadership, closing);
  }

  /** The coordinator that leads, as far as this one knows. */
  private @Nullable String leader() {
    ReplicatedLog present = log;
    return present == null ? null : present.role().leader();
  }

  private CompletableFuture<Long> barrier() {
    ReplicatedLog present = log;
    return present == null
        ? CompletableFuture.failedFuture(new LogException.NotLeader(null))
        : present.barrier();
  }

  /** A partition that has failed would keep the others waiting for as long as its log leads. */
  private void giveUp() {
    RatisLogs present = logs;
    if (present != null) {
      Thread.ofVirtual().name("capstan-give-up").start(() -> present.handOver(HAND_OVER));
    }
  }

  private static CompletableFuture<List<String>> check(
      Partition partition, Store store, DefinitionCache definitions) {
    PartitionReader reader = new PartitionReader(store, definitions);
    HistoryCheck histories = new HistoryCheck(new ExecutionIndex(store, reader), reader);
    return partition
        .check(true)
        .thenApplyAsync(owners -> {
          List<String> violations = new ArrayList<>(owners);
          violations.addAll(histories.violations());
          return violations;
        });
  }

  private LeaderLocator locator(Leadership leadership) {
    return peers == null
        ? LeaderLocator.HERE
        : new PeerLocator(
            leadership,
            this::leader,
            new SharedBarrier(this::barrier, CONFIRMED_WITHIN),
            peers,
            config.coordinator());
  }

  /** Knows who belongs to the cluster, from the start and after each change. */
  private Store watched(Store store) {
    if (protection == null) {
      return store;
    }
    Roster roster = protection.roster();
    roster.load(store);
    return new WatchedStore(store, Table.CLUSTER, roster::load);
  }

  private @Nullable Roster roster() {
    return protection == null ? null : protection.roster();
  }

  private Admittance admittance() {
    return protection == null
        ? Admittance.OPEN
        : new ClusterAdmittance(protection.roster(), config.cluster());
  }

  private RatisLogs open(Storage storage, Partition partition, @Nullable AnsweringNetwork network) {
    Map<String, LogConsumer> consumers = Map.of(GROUP, partition.consumer());
    return peers == null || network == null
        ? RatisLogs.openSingle(storage.directory(), logOptions(), consumers)
        : RatisLogs.openReplicas(
            storage.directory(),
            logOptions(),
            consumers,
            network,
            peers.members(),
            peers.electionTimeout());
  }

  private JsonNode runtime() {
    ObjectNode runtime = JsonNodeFactory.instance.objectNode();
    runtime.put("name", "capstan").put("version", Version.text());
    runtime
        .putObject("metadata")
        .put("cluster", config.cluster())
        .put("coordinator", config.coordinator());
    return runtime;
  }

  private PartitionLimits partitionLimits() {
    PartitionLimits usual = PartitionLimits.ofDefaults();
    if (usual.payloadBytes() < config.limits().payloadBytes()) {
      throw new IllegalStateException("the partition takes smaller payloads than the gateway");
    }
    return usual;
  }

  /** The usual log, but for entries as large as the partition makes them. */
  private LogOptions logOptions() {
    LogOptions usual = LogOptions.ofDefaults();
    return new LogOptions(
        Math.max(usual.maxEntryBytes(), partitionLimits().entryBytes()),
        usual.maxInFlight(),
        usual.maxInFlightBytes(),
        Math.max(usual.segmentBytes(), 2L * partitionLimits().entryBytes()),
        usual.preallocateBytes(),
        usual.snapshotEntries(),
        usual.snapshotBytes());
  }
}
