package dev.capstan.verify.simulation;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.StorageFailure;
import dev.capstan.server.log.ModelCluster;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.nodes.NodeSettings;
import dev.capstan.server.nodes.StandingOrders;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.Router;
import dev.capstan.server.post.Currency;
import dev.capstan.server.post.NamedDefinitions;
import dev.capstan.server.post.Postman;
import dev.capstan.server.registry.DefinitionRegistry;
import dev.capstan.server.registry.Schedules;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator: one process with a replica of each partition, and what takes messages from one
 * partition to another. Put together as a real one is.
 */
final class SimulatedCoordinator {
  /** Four of them are a lease. */
  static final Duration KEEP_ALIVE = Duration.ofMillis(60);

  private static final Duration ELECTION_TIMEOUT = Duration.ofMillis(60);
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long WALL_MILLIS = 1_800_000_000_000L;
  private static final long LOOK = 8 * MILLISECOND;

  /** Of so many looks one compares all that is in memory with its rows. */
  private static final int WHOLE_LOOK = 4;

  private static final long GATHERED_BYTES = 1_000_000;

  private final SimulatedProcess process;
  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final Circumstances circumstances;
  private final Function<String, SimulatedCoordinator> others;
  private final List<SimulatedReplica> replicas = new ArrayList<>();
  private long skewMillis;
  private double failing;
  private boolean working;
  private int looks;
  private boolean broken;
  private @Nullable SimulatedCalls calls;
  private @Nullable Postman postman;
  private @Nullable DefinitionRegistry registry;
  private @Nullable NamedDefinitions named;
  private List<Currency> currencies = List.of();

  /**
   * @param groups of all partitions
   * @param members the names of all coordinators
   * @param others coordinators by name
   */
  SimulatedCoordinator(
      SimulatedProcess process,
      Agenda agenda,
      SimulatedNetwork network,
      RandomGenerator random,
      List<ModelCluster> groups,
      Invariants invariants,
      Path directory,
      Circumstances circumstances,
      List<String> members,
      Function<String, SimulatedCoordinator> others) {
    this.process = process;
    this.agenda = agenda;
    this.network = network;
    this.random = random;
    this.circumstances = circumstances;
    this.others = others;
    for (int i = 0; i < groups.size(); i++) {
      replicas.add(
          new SimulatedReplica(
              i,
              process,
              agenda,
              random,
              groups.get(i),
              invariants.committed(i),
              directory,
              circumstances,
              members,
              invariants));
    }
    process.afterwards(this::workSoon);
  }

  String name() {
    return process.name();
  }

  SimulatedProcess process() {
    return process;
  }

  /** Its replicas of all partitions, in order. */
  List<SimulatedReplica> replicas() {
    return replicas;
  }

  SimulatedReplica replica(int partition) {
    return replicas.get(partition);
  }

  /** Its replica of the partition that owns an execution. */
  SimulatedReplica owner(String execution) {
    return replicas.get(circumstances.keys().ownerOf(execution));
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
    working = false;
    broken = false;
    boolean several = circumstances.partitions() > 1;
    SimulatedCalls way = new SimulatedCalls(process, network, random, others);
    calls = way;
    StandingOrders orders = several ? new StandingOrders() : null;
    Store checked = replicas.getFirst().checked(this::write);
    DefinitionCache definitions = cache(checked);
    Schedules schedules =
        new Schedules(definitions, ZoneOffset.UTC, JqLimits.ofSteps(100_000), GATHERED_BYTES);
    DefinitionRegistry deployed =
        new DefinitionRegistry(Workflows.DEPLOYED, definitions, schedules);
    registry = deployed;
    Store first = watched(checked, deployed, orders);
    Postman post = new Postman(circumstances.keys(), way.deadlines());
    postman = post;
    currencies =
        replicas.stream()
            .map(each -> new Currency(each, way, ELECTION_TIMEOUT, way.deadlines()))
            .toList();
    NamedDefinitions names = new NamedDefinitions(deployed, currencies.getFirst());
    named = names;
    post.open(replicas, way, name(), names::before);
    Currency.answer(way, currencies);
    replicas.forEach(each -> start(each, first, definitions, orders));
    deployed.open(replicas.getFirst().partition());
    watch();
    look();
  }

  private static Store watched(
      Store checked, DefinitionRegistry deployed, @Nullable StandingOrders orders) {
    deployed.load(checked);
    Store store = new WatchedStore(checked, Table.DEFINITIONS, deployed);
    if (orders == null) {
      return store;
    }
    orders.replaced(checked);
    return new WatchedStore(store, Table.NODES, orders);
  }

  private void start(
      SimulatedReplica replica,
      Store first,
      DefinitionCache definitions,
      @Nullable StandingOrders orders) {
    boolean isFirst = replica.number() == 0;
    Store store = isFirst ? first : replica.checked(this::write);
    DefinitionRegistry named = registry();
    // Events start executions in the first partition alone.
    Definitions deployed =
        isFirst ? named : (space, name, version) -> named.find(space, name, version);
    replica.start(
        new SimulatedReplica.Life(
            store,
            isFirst ? definitions : cache(store),
            deployed,
            isFirst ? null : orders,
            settings(),
            circumstances.partitions() == 1 ? Router.ONE : postman().from(replica.number()),
            clock(),
            isFirst ? named::begin : () -> {},
            () -> random.nextDouble() < failing,
            () -> broken));
  }

  private static DefinitionCache cache(Store store) {
    return new DefinitionCache(store, Workflows::compiled, 2 * Workflows.COUNT);
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
        circumstances.limits(),
        circumstances.partitions());
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

  private void watch() {
    process.after(
        KEEP_ALIVE.toNanos() / 4,
        () -> {
          replicas.forEach(SimulatedReplica::tick);
          watch();
        });
  }

  /** Has a look at itself more often than anything takes that can go wrong. */
  private void look() {
    process.after(
        LOOK,
        () -> {
          boolean whole = ++looks % WHOLE_LOOK == 0;
          replicas.forEach(each -> each.look(whole));
          look();
        });
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

  /** Whether a partition serves nothing any more, because the disk failed. */
  boolean hasFailed() {
    return replicas.stream().anyMatch(SimulatedReplica::hasFailed);
  }

  /** Whatever happens may give the partitions something to do. */
  private void workSoon() {
    if (!working && calls != null) {
      working = true;
      process.after(random.nextLong(MILLISECOND), this::work);
    }
  }

  private void work() {
    working = false;
    int first = random.nextInt(replicas.size());
    for (int i = 0; i < replicas.size(); i++) {
      replicas.get((first + i) % replicas.size()).work();
    }
  }

  /** The process dies. */
  void crash() {
    agenda.tell(name() + " dies");
    process.crash();
    calls = null;
    replicas.forEach(SimulatedReplica::crash);
  }

  /** What has been applied is written to the disk, as far as the store does that by itself. */
  void flush() {
    replicas.forEach(SimulatedReplica::flush);
  }

  /** Leads a partition. */
  boolean leads() {
    return replicas.stream().anyMatch(SimulatedReplica::leads);
  }

  /** Of the first partition, which has what operators say of nodes. */
  NodeDirectory nodes() {
    return replicas.getFirst().nodes();
  }

  SimulatedCalls calls() {
    return present(calls);
  }

  Postman postman() {
    return present(postman);
  }

  /** All that is deployed, as far as it is applied here. */
  DefinitionRegistry registry() {
    return present(registry);
  }

  NamedDefinitions named() {
    return present(named);
  }

  Currency currency(int partition) {
    return currencies.get(partition);
  }

  private <T> T present(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException(name() + " was never started, or is dead");
    }
    return part;
  }

  /** Takes the stream of a worker to a partition. */
  StreamObserver<WorkerMessage> session(int partition, StreamObserver<CoordinatorMessage> down) {
    return replicas.get(partition).session(down);
  }
}
