package dev.capstan.server.boot;

import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.config.Secrets;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.Deadlines;
import dev.capstan.server.agreement.AnsweringNetwork;
import dev.capstan.server.agreement.DigestedStore;
import dev.capstan.server.clocks.AgreedClock;
import dev.capstan.server.clocks.ClockWatch;
import dev.capstan.server.engine.Engine;
import dev.capstan.server.engine.EngineAssembly;
import dev.capstan.server.engine.PartitionedEngine;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.grpc.DistributedEngineService;
import dev.capstan.server.grpc.ExecutionsService;
import dev.capstan.server.grpc.Onward;
import dev.capstan.server.grpc.Ways;
import dev.capstan.server.http.Destinations;
import dev.capstan.server.http.HttpServer;
import dev.capstan.server.http.LeaderLocator;
import dev.capstan.server.lifecycle.LifecycleHub;
import dev.capstan.server.lifecycle.LifecycleSink;
import dev.capstan.server.lifecycle.SinkSettings;
import dev.capstan.server.log.Heirs;
import dev.capstan.server.log.LogConsumer;
import dev.capstan.server.log.LogOptions;
import dev.capstan.server.log.PeerNetwork;
import dev.capstan.server.log.RatisLogs;
import dev.capstan.server.membership.ClusterAdmittance;
import dev.capstan.server.membership.Intruders;
import dev.capstan.server.membership.Registrar;
import dev.capstan.server.membership.Roster;
import dev.capstan.server.metrics.Metrics;
import dev.capstan.server.nodes.Admittance;
import dev.capstan.server.nodes.Losses;
import dev.capstan.server.nodes.NodeSettings;
import dev.capstan.server.nodes.SessionDoor;
import dev.capstan.server.nodes.StandingOrders;
import dev.capstan.server.nodes.WorkerSessionService;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.PartitionLimits;
import dev.capstan.server.partition.PartitionThread;
import dev.capstan.server.partition.Router;
import dev.capstan.server.post.Currency;
import dev.capstan.server.post.NamedDefinitions;
import dev.capstan.server.post.PeerCalls;
import dev.capstan.server.post.Postman;
import dev.capstan.server.registry.DefinitionRegistry;
import dev.capstan.server.registry.DefinitionTexts;
import dev.capstan.server.registry.Schedules;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import io.grpc.BindableService;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start of a coordinator, in the order in which parts need each other: data, log, partition;
 * then what stands in rows is read; then the doors open. What has been opened is closed in the
 * opposite order, which stops the doors first.
 */
final class Startup {
  /** What a header may carry (RFC 9110 section 5.5). */
  private static final Logger LOG = LoggerFactory.getLogger(Startup.class);

  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration HAND_OVER = Duration.ofSeconds(2);
  private static final int KEPT_TEXTS = 64;

  private final CoordinatorConfig config;
  private final Secrets secrets;
  private final @Nullable Peers peers;
  private final @Nullable Protection protection;
  private final Closing closing;
  private final Clock clock;
  private final JqLimits expressions;
  private final NodeSettings nodeSettings;
  private final KeySpace keys;
  private final LifecycleHub lifecycle;
  private final RpcThreads rpcThreads;
  private @Nullable Duties duties;
  private volatile @Nullable RatisLogs logs;
  private volatile @Nullable ClockWatch clocks;
  private volatile @Nullable Departure departure;

  Startup(
      CoordinatorConfig config,
      Secrets secrets,
      @Nullable Peers peers,
      @Nullable Protection protection,
      Closing closing) {
    this.config = config;
    this.peers = peers;
    this.clock = peers == null ? Clock.system() : new AgreedClock(peers.clock());
    this.protection = protection;
    this.secrets = secrets;
    this.closing = closing;
    this.keys = new KeySpace(config.partitions());
    this.lifecycle = new LifecycleHub(EngineAssembly.hiding(secrets.values()));
    this.rpcThreads = closing.add(new RpcThreads());
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
    Metrics metrics = closing.add(new Metrics(Version.text()));
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    Postman postman = new Postman(keys, Deadlines.system());
    // It hears of what is applied again after a crash, which may not have been sent.
    LifecycleSink sink = sink();
    List<LocalPartition> partitions = partitions(storage, metrics, postman);
    LocalPartition first = partitions.getFirst();
    // The logs are closed before the threads are stopped, so that what is under way gets its
    // outcome.
    Map<String, LogConsumer> consumers = new LinkedHashMap<>();
    List<PartitionThread> owners = new ArrayList<>();
    for (LocalPartition partition : partitions) {
      owners.add(closing.add(partition.thread()));
      consumers.put(partition.group(), partition.partition().consumer());
    }
    AnsweringNetwork network = peers == null ? null : new AnsweringNetwork(peers.network());
    SoleProcess process = soleProcess(network);
    PeerCalls calls = network == null ? null : new ThreadedCalls(network, threads);
    Duration electionTimeout = peers == null ? Duration.ZERO : peers.electionTimeout();
    List<Currency> currencies =
        partitions.stream()
            .map(partition -> new Currency(partition, calls, electionTimeout, Deadlines.system()))
            .toList();
    NamedDefinitions definitions = new NamedDefinitions(first.deployed(), currencies.getFirst());
    postman.open(partitions, calls, config.coordinator(), definitions::before);
    RatisLogs logs = closing.add(open(storage, consumers, network));
    if (protection != null) {
      protection.home().logMade();
      protection
          .remainingVotes()
          .known(node ->
              consumers.keySet().stream()
                  .map(logs::members)
                  .anyMatch(members -> members.isEmpty() || members.contains(node)));
    }
    this.logs = logs;
    for (int i = 0; i < partitions.size(); i++) {
      partitions.get(i).open(logs, network, owners.get(i));
    }
    if (calls != null) {
      Currency.answer(calls, currencies);
    }
    if (network != null) {
      network.answerFrom(partitions.stream().map(LocalPartition::replicas).toList(), machine());
      network.answer(
          PeerNetwork.Call.LET_LEAD, (_, _) -> ClusterVoters.letOthersLead(logs, heirs()));
    }
    clocks = clocks(logs, first, network, metrics);
    metrics.add(sink == null ? LifecycleSink.NONE : closing.add(sink));
    if (sink != null) {
      sink.start();
    }
    closing.add(() -> partitions.forEach(LocalPartition::quiesce));
    if (peers == null) {
      partitions.forEach(partition -> partition.leadership().await(READY_WITHIN));
    }

    closing.add(threads::shutdown);
    Enrolment enrolment =
        protection == null
            ? null
            : new Enrolment(
                protection,
                config,
                first.partition(),
                first.store(),
                first.leadership(),
                clock,
                new ClusterVoters(
                    logs, partitions, currencies, network, config.coordinator(), heirs()),
                first::leader);
    ClusterReport cluster =
        new ClusterReport(config, partitions, roster(), clocks, () -> logs.members(first.group()));
    Gateway gateway =
        gateway(
            partitions,
            currencies,
            postman,
            definitions,
            cluster,
            enrolment == null ? null : enrolment.registrar(),
            threads);
    closing.add(() -> partitions.forEach(LocalPartition::stopServing));
    closing.add(lifecycle::close);
    Listeners listeners = new Listeners(config, protection);
    List<WorkerSessionService> sessions =
        partitions.stream().map(LocalPartition::sessions).toList();
    List<BindableService> services = new ArrayList<>();
    services.add(new SessionDoor(sessions));
    services.add(
        new ExecutionsService(
                gateway,
                ways(partitions, currencies),
                listeners.principal(),
                ExecutionsService.DEFAULT_OUTSTANDING,
                metrics)
            ::bound);
    services.add(
        new DistributedEngineService(gateway, onward(first), listeners.principal())::bound);
    if (enrolment != null) {
      services.add(enrolment.service());
    }
    Rpc rpc =
        closing.add(
            new Rpc(
                config,
                rpcThreads,
                services,
                listeners.interceptors(),
                protection == null ? null : protection.grpc()));
    closing.add(() -> sessions.forEach(WorkerSessionService::shutdown));
    Integer grpcPort = rpc.port();
    cluster.listensOn(grpcPort == null ? "" : new HostPort(config.grpcHost(), grpcPort).toString());
    Integer httpPort = config.httpPort();
    HttpServer http =
        httpPort == null
            ? null
            : closing.add(
                listeners.http(httpPort, gateway, metrics, destinations(partitions, currencies)));
    metrics.add(protection == null ? new Intruders(clock::nanos) : protection.intruders());
    if (enrolment != null) {
      enrolment.begin(duties(), logs, network, process, heirs(), partitions);
      enrolment.watchIntruders(duties());
    }
    for (LocalPartition partition : partitions) {
      partition.watch(
          duties(),
          closing,
          partition == first ? storage.directory().root() : null,
          peers == null ? null : peers.compareEvery());
    }
    if (peers != null && partitions.size() > 1) {
      duties().repeat(spread(partitions, logs, currencies.getFirst()), Spread.LOOK_EVERY);
    }
    LOG.info(
        "Coordinator {} is ready after {} ms",
        config.coordinator(),
        (clock.nanos() - startedNanos) / 1_000_000);
    Departure departure = new Departure(logs, heirs(), partitions, http, config.coordinator());
    this.departure = departure;
    return new Coordinator(gateway, rpc, http, partitions, duties(), departure, closing);
  }

  /** Answers from the first moment on who it is; null where there are no others. */
  private @Nullable SoleProcess soleProcess(@Nullable AnsweringNetwork network) {
    if (protection == null || network == null) {
      return null;
    }
    SoleProcess process =
        new SoleProcess(
            network,
            protection.identity(),
            protection.place(),
            protection.intruders(),
            clock::nanos);
    process.require(protection.home().peers().get(config.coordinator()));
    network.answer(PeerNetwork.Call.WHO, process);
    return process;
  }

  private Spread spread(List<LocalPartition> partitions, RatisLogs logs, Currency first) {
    String self = config.coordinator();
    return new Spread(
        SpreadGroup.all(partitions, logs),
        self,
        heirs(),
        node -> first.isCurrentAt(node.equals(self) ? null : node),
        clock,
        run -> Thread.ofVirtual().name("capstan-spread").start(run));
  }

  private Clock machine() {
    return peers == null ? clock : peers.clock();
  }

  /** Null where there are no other coordinators. */
  private @Nullable ClockWatch clocks(
      RatisLogs logs, LocalPartition first, @Nullable AnsweringNetwork network, Metrics metrics) {
    if (network == null || !(clock instanceof AgreedClock agreed)) {
      metrics.add(ClockWatch.alone(config.coordinator()));
      return null;
    }
    ClockWatch clocks =
        new ClockWatch(
            network,
            first.group(),
            config.coordinator(),
            () -> logs.members(first.group()),
            agreed);
    metrics.add(clocks);
    closing.add(clocks).start();
    return clocks;
  }

  /** Whether a coordinator leaves leading to others. */
  private boolean isResting(String node) {
    Roster roster = roster();
    ClockWatch compared = clocks;
    return (roster != null && roster.isDrained(node))
        || (compared != null && compared.isWrong(node));
  }

  private @Nullable LifecycleSink sink() {
    NodeConfig.LifecycleEvents wanted = config.lifecycleEvents();
    URI uri = wanted.sink();
    if (uri == null) {
      return null;
    }
    SinkSettings settings =
        new SinkSettings(
            uri,
            new SinkSecrets(secrets).headers(wanted),
            wanted.mode() == NodeConfig.ContentMode.BATCHED,
            wanted.statusChanged(),
            wanted.maxWaiting(),
            SinkSettings.ANSWER_WITHIN);
    return new LifecycleSink(settings, lifecycle, clock);
  }

  private List<LocalPartition> partitions(Storage storage, Metrics metrics, Postman postman) {
    LocalPartition.Common common =
        new LocalPartition.Common(
            config,
            keys,
            secrets,
            expressions,
            nodeSettings,
            metrics,
            clock,
            admittance(),
            rpcThreads,
            lifecycle,
            this::giveUp,
            this::reason);
    boolean several = keys.partitions() > 1;
    DefinitionTexts texts =
        new DefinitionTexts(new DefinitionLoader(), config.limits().definitionBytes(), KEPT_TEXTS);
    DigestedStore digested = new DigestedStore(storage.store(0));
    StandingOrders orders = several ? new StandingOrders() : null;
    Losses losses = new Losses();
    Store store = watched(digested);
    DefinitionCache definitions = cache(store, texts);
    Schedules schedules =
        new Schedules(definitions, config.zone(), expressions, config.limits().payloadBytes());
    DefinitionRegistry registry = new DefinitionRegistry(texts, definitions, schedules);
    // What is deployed is what is applied here, whoever leads.
    registry.load(store);
    store = new WatchedStore(store, Table.DEFINITIONS, registry);
    if (orders != null) {
      // The other partitions read what the first one has applied here.
      orders.replaced(store);
      store = new WatchedStore(store, Table.NODES, orders);
      store = new WatchedStore(store, Table.NODES, losses.of(0));
    }
    Duties duties = closing.add(new Duties(schedules, clock));
    this.duties = duties;
    LocalPartition.Cluster cluster =
        new LocalPartition.Cluster(registry, schedules, duties, orders, losses);
    List<LocalPartition> partitions = new ArrayList<>();
    partitions.add(
        new LocalPartition(
            0,
            common,
            cluster,
            digested,
            store,
            definitions,
            several ? postman.from(0) : Router.ONE));
    for (int number = 1; number < keys.partitions(); number++) {
      DigestedStore own = new DigestedStore(storage.store(number));
      Store rows = new WatchedStore(own, Table.NODES, losses.of(number));
      partitions.add(
          new LocalPartition(
              number, common, cluster, own, rows, cache(rows, texts), postman.from(number)));
    }
    registry.open(partitions.getFirst().partition());
    schedules.open(partitions.getFirst().partition(), duties::lookAtSchedules);
    return partitions;
  }

  private DefinitionCache cache(Store store, DefinitionTexts texts) {
    return new DefinitionCache(
        store,
        text -> texts.compile(text, "a stored definition").definition(),
        config.cachedDefinitions());
  }

  private Duties duties() {
    return Objects.requireNonNull(duties, "made with the partitions");
  }

  private Gateway gateway(
      List<LocalPartition> partitions,
      List<Currency> currencies,
      Postman postman,
      NamedDefinitions definitions,
      ClusterReport cluster,
      @Nullable Registrar registrar,
      Executor threads) {
    Supplier<Gateway.Readiness> readiness = () -> readiness(partitions);
    List<PartitionedEngine.Part> parts = new ArrayList<>();
    for (int i = 0; i < partitions.size(); i++) {
      LocalPartition partition = partitions.get(i);
      boolean first = i == 0;
      Engine engine =
          partition.engine(
              currencies.get(i)::confirm,
              first ? definitions::beforeFirst : definitions::before,
              cluster,
              first ? registrar : null,
              readiness,
              threads);
      parts.add(new PartitionedEngine.Part(engine, partition.leadership()::isHere));
    }
    return parts.size() == 1
        ? parts.getFirst().engine()
        : new PartitionedEngine(keys, parts, postman::publish);
  }

  private Gateway.Readiness readiness(List<LocalPartition> partitions) {
    List<String> reasons = new ArrayList<>();
    Departure last = departure;
    if (last != null && last.leaves()) {
      reasons.add("the coordinator stops");
    }
    for (LocalPartition partition : partitions) {
      for (String reason : partition.leadership().readiness().reasons()) {
        reasons.add(
            partitions.size() == 1 ? reason : "partition " + partition.number() + ": " + reason);
      }
    }
    return new Gateway.Readiness(reasons.isEmpty(), reasons);
  }

  private Throwable reason(Throwable failure) {
    Protection known = protection;
    return known == null
        ? failure
        : PutOut.reason(failure, known.identity().node(), known::isPutOut);
  }

  /** A partition that has failed would keep the others waiting for as long as its log leads. */
  private void giveUp() {
    RatisLogs present = logs;
    if (present != null) {
      Thread.ofVirtual().name("capstan-give-up").start(() -> present.handOver(heirs(), HAND_OVER));
    }
  }

  private Destinations destinations(List<LocalPartition> partitions, List<Currency> currencies) {
    Peers others = peers;
    List<LeaderLocator> locators = new ArrayList<>();
    for (int i = 0; i < partitions.size(); i++) {
      locators.add(
          others == null
              ? LeaderLocator.HERE
              : locator(partitions.get(i), currencies.get(i), others));
    }
    return new Destinations(keys, locators);
  }

  private PeerLocator locator(LocalPartition partition, Currency currency, Peers others) {
    return new PeerLocator(partition, currency, others, config.coordinator());
  }

  private Ways ways(List<LocalPartition> partitions, List<Currency> currencies) {
    Peers others = peers;
    if (others == null || protection == null) {
      return Ways.HERE;
    }
    List<Ways.Lead> leads = new ArrayList<>();
    for (int i = 0; i < partitions.size(); i++) {
      leads.add(locator(partitions.get(i), currencies.get(i), others));
    }
    CoordinatorLines lines =
        closing.add(
            new CoordinatorLines(
                protection.roster(), protection.onwardGrpc(), config.limits().backlogBytes()));
    return new Ways(keys, leads, lines, config.coordinator());
  }

  private Onward onward(LocalPartition first) {
    Onward.Way way =
        protection == null
            ? Onward.Way.HERE
            : closing.add(
                new LeaderChannels(
                    first.leadership(),
                    first::leader,
                    first::mayBeLed,
                    protection.roster(),
                    protection.onwardGrpc(),
                    config.limits().backlogBytes()));
    return new Onward(way, config.coordinator());
  }

  /** Knows who belongs to the cluster, from the start and after each change. */
  private Store watched(Store store) {
    if (protection == null) {
      return store;
    }
    Roster roster = protection.roster();
    roster.replaced(store);
    return new WatchedStore(store, Table.CLUSTER, roster);
  }

  private @Nullable Roster roster() {
    return protection == null ? null : protection.roster();
  }

  private Heirs heirs() {
    Roster roster = roster();
    return roster == null
        ? new Heirs(_ -> false, this::isResting)
        : new Heirs(
            node -> !roster.coordinators().isEmpty() && roster.coordinator(node) == null,
            this::isResting);
  }

  private Admittance admittance() {
    return protection == null
        ? Admittance.OPEN
        : new ClusterAdmittance(protection.roster(), config.cluster());
  }

  private RatisLogs open(
      Storage storage, Map<String, LogConsumer> consumers, @Nullable AnsweringNetwork network) {
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

  /** The usual log, but for entries as large as the partition makes them. */
  private LogOptions logOptions() {
    LogOptions usual = peers == null ? LogOptions.ofDefaults() : peers.log();
    PartitionLimits limits = LocalPartition.limits(config);
    return new LogOptions(
        Math.max(usual.maxEntryBytes(), limits.entryBytes()),
        usual.maxInFlight(),
        usual.maxInFlightBytes(),
        Math.max(usual.segmentBytes(), 2L * limits.entryBytes()),
        usual.preallocateBytes(),
        usual.snapshotEntries(),
        usual.snapshotBytes());
  }
}
