package dev.capstan.server.boot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.placement.Strategy;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.server.config.CoordinatorConfig;
import dev.capstan.server.config.Secrets;
import dev.capstan.server.engine.EngineAssembly;
import dev.capstan.server.env.Clock;
import dev.capstan.server.env.Entropy;
import dev.capstan.server.env.StartupRefusal;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.grpc.ExecutionsService;
import dev.capstan.server.http.Authenticator;
import dev.capstan.server.http.HttpServer;
import dev.capstan.server.http.HttpSettings;
import dev.capstan.server.http.PortInUse;
import dev.capstan.server.log.LogOptions;
import dev.capstan.server.log.RatisLogs;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.Metrics;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.nodes.NodeSettings;
import dev.capstan.server.nodes.WorkerSessionService;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.HistoryCheck;
import dev.capstan.server.partition.Partition;
import dev.capstan.server.partition.PartitionLimits;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.partition.PartitionSetup;
import dev.capstan.server.partition.PartitionThread;
import dev.capstan.server.partition.Router;
import dev.capstan.server.registry.DefinitionRegistry;
import dev.capstan.server.registry.DefinitionTexts;
import dev.capstan.server.registry.Schedules;
import dev.capstan.server.store.Store;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
  private static final int KEPT_TEXTS = 64;
  private static final int STEPS_A_DECISION = 1_000;
  private static final long EVENTS_AN_EXECUTION = 100_000;

  private final CoordinatorConfig config;
  private final Secrets secrets;
  private final Closing closing;
  private final Clock clock = Clock.system();
  private final JqLimits expressions;
  private final NodeSettings nodeSettings;

  Startup(CoordinatorConfig config, Secrets secrets, Closing closing) {
    this.config = config;
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
    this.nodeSettings = nodeSettings(config);
  }

  Coordinator run() {
    long startedNanos = clock.nanos();
    Storage storage = closing.add(Storage.open(config));
    Store store = storage.store();
    DefinitionTexts texts =
        new DefinitionTexts(new DefinitionLoader(), config.limits().definitionBytes(), KEPT_TEXTS);
    DefinitionCache definitions =
        new DefinitionCache(
            store,
            text -> texts.compile(text, "a stored definition").definition(),
            config.cachedDefinitions());
    Schedules schedules = new Schedules(definitions, config.zone(), expressions);
    DefinitionRegistry registry = new DefinitionRegistry(texts, definitions, schedules);
    NodeDirectory nodes = new NodeDirectory(nodeSettings, clock);
    Metrics metrics = closing.add(new Metrics(Version.text()));
    EngineAssembly assembly = new EngineAssembly(config.limits(), secrets.values(), clock, metrics);
    PartitionReader reader = new PartitionReader(store, definitions);
    ExecutionIndex index = new ExecutionIndex(store, reader);
    Leadership leadership =
        new Leadership(() -> {
          schedules.load(store);
          registry.load(store);
          assembly.begin(index.open());
        });
    Partition partition =
        new Partition(
            new PartitionSetup(
                store,
                definitions,
                registry,
                new Decider(
                    new Settings(
                        expressions, secrets, runtime(), STEPS_A_DECISION, EVENTS_AN_EXECUTION)),
                nodes,
                Router.ONE,
                assembly.commits(schedules),
                leadership,
                clock,
                Entropy.system(),
                partitionLimits()));
    ReplicatedLog log = serve(storage, partition, metrics);
    closing.add(() -> Stopping.await(partition.quiesce(), "what was decided"));
    leadership.await(READY_WITHIN);

    Duties duties = closing.add(new Duties(schedules, clock));
    registry.open(partition);
    nodes.open(partition, store);
    ExecutorService watchers = Executors.newVirtualThreadPerTaskExecutor();
    closing.add(watchers::shutdown);
    ClusterReport cluster = new ClusterReport(config, partition, log, nodes);
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
                log::barrier,
                cluster,
                leadership::readiness,
                watchers));
    closing.add(assembly::stop);
    metrics.add(
        new EngineReadings(
            PARTITION,
            config.coordinator(),
            partition,
            log,
            store,
            nodes,
            storage.directory().root()));
    WorkerSessionService sessions =
        new WorkerSessionService(nodes, nodeSettings, assembly.signals(), clock);
    ExecutionsService executions =
        new ExecutionsService(
            gateway, () -> Principal.LOCAL, ExecutionsService.DEFAULT_OUTSTANDING, metrics);
    Rpc rpc = closing.add(new Rpc(config, List.of(sessions, executions)));
    closing.add(() -> Stopping.await(sessions.shutdown(), "the end of the sessions"));
    cluster.listensOn(rpc.port() == null ? "" : config.grpcHost() + ":" + rpc.port());
    Integer httpPort = config.httpPort();
    HttpServer http = httpPort == null ? null : closing.add(listen(httpPort, gateway, metrics));
    duties.watch(sessions, config.keepAlive());
    schedules.open(partition, duties::lookAtSchedules);
    OwnershipWatch ownership = new OwnershipWatch(partition, index, reader, PARTITION);
    metrics.add(ownership);
    duties.repeat(ownership::look, CHECK_EVERY);
    Purge purge =
        closing.add(
            new Purge(partition, index, config.retention(), clock, assembly::ended, PARTITION));
    metrics.add(purge);
    purge.start();
    resume(schedules, index);
    LOG.info(
        "Coordinator {} is ready after {} ms",
        config.coordinator(),
        (clock.nanos() - startedNanos) / 1_000_000);
    return new Coordinator(
        gateway,
        rpc,
        http,
        () -> check(partition, store, definitions),
        leadership::failure,
        closing);
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

  private HttpServer listen(int port, Gateway gateway, Metrics metrics) {
    try {
      return HttpServer.start(
          HttpSettings.ofDefaults(config.httpHost(), port),
          gateway,
          Authenticator.LOOPBACK,
          metrics);
    } catch (PortInUse e) {
      String owner = e.owner();
      throw new StartupRefusal(
          StartupRefusal.Code.ADDRESS_UNAVAILABLE,
          "Port "
              + port
              + " on "
              + config.httpHost()
              + " is taken"
              + (owner == null ? "" : " by " + owner),
          "Nobody could reach the HTTP API",
          "stop what uses the port, or choose another one; 0 takes any that is free",
          e);
    } catch (UncheckedIOException e) {
      throw new StartupRefusal(
          StartupRefusal.Code.ADDRESS_UNAVAILABLE,
          String.valueOf(e.getMessage()),
          "Nobody could reach the HTTP API",
          "choose another port; 0 takes any that is free",
          e);
    }
  }

  /**
   * Opens the log and gives the partition its thread. The log is closed before the thread is
   * stopped, so that what is under way gets its outcome.
   */
  private ReplicatedLog serve(Storage storage, Partition partition, Metrics metrics) {
    PartitionThread thread = closing.add(new PartitionThread(partition, "capstan-partition"));
    RatisLogs logs =
        closing.add(
            RatisLogs.openSingle(
                storage.directory(), logOptions(), Map.of(GROUP, partition.consumer())));
    ReplicatedLog log =
        new MeasuredLog(logs.log(GROUP), clock, metrics.timer(Metric.LOG_COMMIT, PARTITION));
    partition.attach(log);
    thread.start();
    return log;
  }

  /** Plans the next start of definitions whose last execution ended while nobody listened. */
  private static void resume(Schedules schedules, ExecutionIndex index) {
    for (Schedules.Waiting waiting : schedules.waitingForAnEnd()) {
      ExecutionIndex.Filter filter =
          new ExecutionIndex.Filter(null, waiting.namespace(), waiting.name(), Map.of(), null);
      List<Summary> latest = index.list(filter, 1, null).executions();
      if (latest.isEmpty() || latest.getFirst().status().hasEnded()) {
        Instant endedAt = latest.isEmpty() ? null : latest.getFirst().endedAt();
        schedules.ended(waiting.namespace(), waiting.name(), endedAt);
      }
    }
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

  private static NodeSettings nodeSettings(CoordinatorConfig config) {
    NodeSettings usual = NodeSettings.ofDefaults(config.cluster(), config.coordinator());
    return new NodeSettings(
        usual.cluster(),
        usual.coordinator(),
        config.keepAlive(),
        usual.silentIntervals(),
        usual.helloWithin(),
        usual.refusalPause(),
        usual.remembered(),
        new Strategy.LoadBalanced(),
        config.limits());
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
