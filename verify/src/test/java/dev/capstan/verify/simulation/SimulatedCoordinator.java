package dev.capstan.verify.simulation;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.StorageFailure;
import dev.capstan.node.joining.Authorities;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.server.boot.PutOut;
import dev.capstan.server.log.Dismissal;
import dev.capstan.server.log.ModelCluster;
import dev.capstan.server.membership.Reconciler;
import dev.capstan.server.membership.Registrar;
import dev.capstan.server.membership.Roster;
import dev.capstan.server.nodes.Losses;
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
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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

  /** What it took for the time has come to its end by then. */
  private static final long REMEMBERED = 2_000 * MILLISECOND;

  /** Of so many looks one compares all that is in memory with its rows. */
  private static final int WHOLE_LOOK = 4;

  private static final long ASK = 100 * MILLISECOND;

  private static final long RECONCILE_EVERY = 200 * MILLISECOND / HandOvers.FASTER;

  private static final long GATHERED_BYTES = 1_000_000;

  /** Others have so long to take over, and so long it waits for what it has decided. */
  private static final long DEPARTURE = 200 * MILLISECOND;

  /** Nobody joins with certificates here, so nothing is signed. */
  private static final Authorities AUTHORITIES =
      Authorities.create(SimulatedAdmittance.CLUSTER, Instant.EPOCH);

  private final SimulatedProcess process;
  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final Circumstances circumstances;
  private final List<Consensus> consensus;
  private final Function<String, SimulatedCoordinator> others;
  private final List<SimulatedReplica> replicas = new ArrayList<>();
  private long skewMillis;
  private long formerSkewMillis;
  private double failing;
  private boolean working;
  private int looks;
  private boolean broken;
  private @Nullable SimulatedCalls calls;
  private @Nullable Postman postman;
  private @Nullable DefinitionRegistry registry;
  private @Nullable NamedDefinitions named;
  private @Nullable Roster roster;
  private @Nullable HandOvers handOvers;
  private final SimulatedVoters voters;
  private Runnable putOut = () -> {};
  private boolean isGone;
  private Dismissal dismissal;
  private long rechecked;
  private List<Currency> currencies = List.of();

  /**
   * @param groups of all partitions
   * @param consensus in each of them, when all begins
   * @param others coordinators by name
   */
  SimulatedCoordinator(
      SimulatedProcess process,
      Agenda agenda,
      SimulatedNetwork network,
      RandomGenerator random,
      List<ModelCluster> groups,
      List<Consensus> consensus,
      Invariants invariants,
      Path directory,
      Circumstances circumstances,
      Function<String, SimulatedCoordinator> others) {
    this.process = process;
    this.agenda = agenda;
    this.network = network;
    this.random = random;
    this.circumstances = circumstances;
    this.consensus = consensus;
    this.others = others;
    this.voters = new SimulatedVoters(this, agenda, consensus);
    this.dismissal = new Dismissal(agenda::nanos);
    for (int i = 0; i < groups.size(); i++) {
      int partition = i;
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
              () -> consensus.get(partition).members(),
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
    formerSkewMillis = Math.max(skewMillis, millis);
    skewMillis = millis;
    agenda.after(REMEMBERED, () -> formerSkewMillis = skewMillis);
  }

  /** So many of a thousand proposals are not taken, or nobody says what became of them. */
  void failing(double aThousand) {
    failing = aThousand / 1_000;
  }

  void start() {
    process.start();
    working = false;
    broken = false;
    dismissal = new Dismissal(agenda::nanos);
    boolean several = circumstances.partitions() > 1;
    SimulatedCalls way = new SimulatedCalls(process, network, random, others);
    calls = way;
    StandingOrders orders = several ? new StandingOrders() : null;
    Roster members = new Roster();
    roster = members;
    Losses losses = new Losses();
    Store checked = members(replicas.getFirst().checked(this::write), members);
    DefinitionCache definitions = cache(checked);
    Schedules schedules =
        new Schedules(definitions, ZoneOffset.UTC, JqLimits.ofSteps(100_000), GATHERED_BYTES);
    DefinitionRegistry deployed =
        new DefinitionRegistry(Workflows.DEPLOYED, definitions, schedules);
    registry = deployed;
    Store first = watched(checked, deployed, orders, losses);
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
    replicas.forEach(each -> start(each, first, definitions, orders, losses));
    deployed.open(replicas.getFirst().partition());
    members.onChange(() -> replicas.forEach(each -> each.nodes().recheck()));
    members.onChange(() -> process.after(soon(), this::recheck));
    HandOvers letOthersLead = new HandOvers(this, agenda, network, others, consensus, members);
    handOvers = letOthersLead;
    letOthersLead.begin(currencies.getFirst());
    keepMembers(letOthersLead, members);
    watch();
    hearTheOthers();
    look();
  }

  private Store members(Store checked, Roster members) {
    members.replaced(checked);
    rechecked = checked.appliedIndex();
    return new WatchedStore(checked, Table.CLUSTER, members);
  }

  /** The replicas are to be those that the rows name, and who is none of them stops. */
  private void keepMembers(HandOvers looks, Roster members) {
    voters.answer();
    for (SimulatedReplica each : replicas) {
      looks.repeat(
          new Reconciler(voters.group(each), members, name(), looks.faster()::nanos),
          RECONCILE_EVERY);
    }
    looks.repeat(
        new PutOut(
            name(),
            () -> !members.coordinators().isEmpty() && members.isEvicted(identity()),
            () -> dismissal.isSaidFor(PutOut.LONGEST),
            () -> replicas.stream().map(each -> vote(each.members())),
            // Not faster: the others may be down for a while, and come back as slowly as ever.
            clock()::nanos,
            _ -> {
              tally()
                  .happened(
                      Happening.TOLD_THAT_IT_WAS_PUT_OUT, dismissal.isSaidFor(PutOut.LONGEST));
              isGone = true;
              putOut.run();
            }),
        PutOut.LOOK_EVERY.toNanos() / HandOvers.FASTER);
  }

  private PutOut.Vote vote(Collection<String> members) {
    return PutOut.Vote.of(members.contains(name()), members.size());
  }

  private NodeIdentity identity() {
    return NodeIdentity.coordinator(SimulatedAdmittance.CLUSTER, name());
  }

  private Tally tally() {
    return network.tally();
  }

  /**
   * It asks the others all the time, and hears whether they let it in. Where they are it has
   * written down, and does not know from rows alone.
   */
  private void hearTheOthers() {
    for (String name : consensus.getFirst().members()) {
      SimulatedCoordinator other = others.apply(name);
      boolean heard = other != this && network.connects(name(), name) && other.process().runs();
      if (heard && other.keepsOut(this)) {
        dismissal.refused(name);
      } else if (heard) {
        dismissal.answered(name);
      }
    }
    process.after(ASK, this::hearTheOthers);
  }

  /** What its machine does when it was put out and stops. */
  void onPutOut(Runnable action) {
    putOut = action;
  }

  /** What the others say of whether it still belongs to the cluster. */
  Dismissal dismissal() {
    return dismissal;
  }

  /** Whether it keeps another one from its port: one that was put out and has no vote any more. */
  boolean keepsOut(SimulatedCoordinator other) {
    return roster().isEvicted(other.identity())
        && replicas.stream().noneMatch(each -> each.members().contains(other.name()));
  }

  /** Whether it was put out, and has stopped. */
  boolean isGone() {
    return isGone;
  }

  /** A thread of its own does it, which may be slow to come to it. */
  private long soon() {
    return random.nextLong((random.nextInt(4) == 0 ? 30 : 1) * MILLISECOND);
  }

  /** Whoever was put out is to be cut off. */
  private void recheck() {
    replicas.forEach(SimulatedReplica::recheck);
    rechecked = replicas.getFirst().appliedIndex();
  }

  private static Store watched(
      Store checked, DefinitionRegistry deployed, @Nullable StandingOrders orders, Losses losses) {
    deployed.load(checked);
    Store store = new WatchedStore(checked, Table.DEFINITIONS, deployed);
    if (orders == null) {
      return store;
    }
    orders.replaced(checked);
    store = new WatchedStore(store, Table.NODES, orders);
    return new WatchedStore(store, Table.NODES, losses.of(0));
  }

  private void start(
      SimulatedReplica replica,
      Store first,
      DefinitionCache definitions,
      @Nullable StandingOrders orders,
      Losses losses) {
    boolean isFirst = replica.number() == 0;
    Store store =
        isFirst
            ? first
            : new WatchedStore(
                replica.checked(this::write), Table.NODES, losses.of(replica.number()));
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
            losses,
            new SimulatedAdmittance(roster()),
            settings(),
            circumstances.partitions() == 1 ? Router.ONE : postman().from(replica.number()),
            clock(),
            isFirst ? named::begin : () -> {},
            () -> random.nextDouble() < failing,
            () -> broken,
            this::known));
  }

  /** What it knows of what operators have said. */
  private Orders.Known known() {
    return new Orders.Known(
        agenda.nanos(),
        replicas.getFirst().appliedIndex(),
        rechecked,
        clock().wallMillis() + Math.max(0, formerSkewMillis - skewMillis),
        Set.of());
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
        SimulatedReplica.LOOK,
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

  /**
   * Stops in order: others lead first, then it says goodbye, and ends when everything that it has
   * decided has its outcome.
   *
   * @param end runs then
   */
  void leave(Runnable end) {
    agenda.tell(name() + " is to stop");
    boolean led = leads();
    handOvers()
        .depart(
            agenda.nanos() + DEPARTURE,
            () -> {
              network.tally().happened(Happening.STOPS_IN_ORDER, led && !leads());
              close(end);
            });
  }

  private void close(Runnable end) {
    agenda.tell(name() + " closes");
    replicas.forEach(SimulatedReplica::shutdown);
    CompletableFuture<Void> quiet =
        CompletableFuture.allOf(
            replicas.stream().map(SimulatedReplica::quiesce).toArray(CompletableFuture[]::new));
    awaitQuiet(quiet, agenda.nanos() + DEPARTURE, end);
  }

  private void awaitQuiet(CompletableFuture<Void> quiet, long untilNanos, Runnable end) {
    if (quiet.isDone() || agenda.nanos() > untilNanos) {
      end.run();
    } else {
      process.after(MILLISECOND, () -> awaitQuiet(quiet, untilNanos, end));
    }
  }

  /** The process dies. */
  void crash() {
    agenda.tell(name() + " dies");
    process.crash();
    handOvers().end();
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

  HandOvers handOvers() {
    return present(handOvers);
  }

  /** Who belongs to the cluster, as far as that is applied here. */
  Roster roster() {
    return present(roster);
  }

  /** Changes who belongs to the cluster, where this coordinator leads. */
  Registrar registrar() {
    SimulatedReplica first = replicas.getFirst();
    return new Registrar(
        SimulatedAdmittance.CLUSTER,
        AUTHORITIES,
        first.partition(),
        first.store(),
        clock(),
        name(),
        voters);
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
  StreamObserver<WorkerMessage> session(
      int partition, String worker, StreamObserver<CoordinatorMessage> down) {
    return replicas.get(partition).session(worker, down);
  }
}
