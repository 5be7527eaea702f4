package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.decision.SecretSource;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.StateText;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.node.env.Entropy;
import dev.capstan.server.ManualClock;
import dev.capstan.server.log.LogOptions;
import dev.capstan.server.log.ModelCluster;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.partition.PartitionRequests.Started;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.store.MemoryStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three replicas under a log that does everything a consensus library may do: leaders that change
 * with and without their last entries, leaders that do not know that they are none any more,
 * replicas that lag. The number of the repetition is the seed.
 */
class ReplicasTest {
  private static final int STEPS = 300;
  private static final LogOptions OPTIONS = LogOptions.ofDefaults().withSnapshotEvery(40, 1 << 20);

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(1_800_000_000_000L);
  private final List<Replica> replicas = new ArrayList<>();
  private final Map<String, CompletableFuture<Started>> starts = new LinkedHashMap<>();
  private final List<String> ended = new ArrayList<>();
  private Random moves = new Random(0);

  /** One coordinator. */
  private final class Replica {
    private final String name;
    private final MemoryStore store = new MemoryStore();
    private final Nodes nodes = new Nodes();
    private final List<Throwable> failures = new ArrayList<>();
    private final Partition partition;
    private final PartitionReader reader;
    private final ReplicatedLog log;

    Replica(String name, ModelCluster cluster, long seed) {
      this.name = name;
      nodes.alive = false;
      DefinitionCache cache = new DefinitionCache(store, Yard::definition, 10);
      reader = new PartitionReader(store, cache);
      Decider decider =
          new Decider(
              new Settings(
                  JqLimits.ofSteps(100_000),
                  SecretSource.NONE,
                  JsonNodeFactory.instance.objectNode(),
                  100,
                  10_000));
      partition =
          new Partition(
              new PartitionSetup(
                  store,
                  cache,
                  new StoredDefinitions(store, cache),
                  decider,
                  nodes,
                  Router.ONE,
                  new Ears(),
                  failures::add,
                  clock,
                  Entropy.seeded(seed),
                  PartitionLimits.ofDefaults()));
      log = cluster.open(name, partition.consumer(), OPTIONS);
      partition.attach(log);
    }

    Map<String, String> states() {
      Map<String, String> states = new LinkedHashMap<>();
      for (String id : starts.keySet()) {
        Execution state = reader.replay(id);
        states.put(id, state == null ? "none" : StateText.of(state));
      }
      return states;
    }
  }

  /** Remembers who has ended. */
  private final class Ears implements PartitionRequests.CommitListener {
    @Override
    public void committed(Summary summary, Event.Recorded events) {}

    @Override
    public void ended(Summary summary, Execution last) {
      ended.add(summary.id());
    }
  }

  @RepeatedTest(40)
  void whatWasAcknowledgedIsEverywhereAndAllReplicasAreAlike(RepetitionInfo repetition) {
    long seed = repetition.getCurrentRepetition();
    Random random = new Random(seed);
    moves = new Random(-seed);
    ModelCluster cluster = new ModelCluster(directory);
    for (int i = 0; i < 3; i++) {
      replicas.add(new Replica("r" + i, cluster, seed * 10 + i));
    }
    cluster.elect("r0", ModelCluster.Tail.KEPT);
    for (int step = 0; step < STEPS; step++) {
      step(cluster, random, step);
    }
    bringToRest(cluster);

    Replica leader = replicas.get(1);
    for (Replica replica : replicas) {
      assertThat(replica.failures).isEmpty();
      assertThat(replica.store.digest()).as(replica.name).isEqualTo(leader.store.digest());
      assertThat(replica.states()).isEqualTo(leader.states());
    }
    acknowledgedIsKept(leader);
    CompletableFuture<List<String>> check = leader.partition.check(true);
    work();
    assertThat(check.resultNow()).isEmpty();
  }

  private void acknowledgedIsKept(Replica leader) {
    int acknowledged = 0;
    for (Map.Entry<String, CompletableFuture<Started>> start : starts.entrySet()) {
      if (start.getValue().isDone() && !start.getValue().isCompletedExceptionally()) {
        acknowledged++;
        assertThat(leader.reader.summary(start.getKey())).as(start.getKey()).isNotNull();
      }
    }
    assertThat(acknowledged).isPositive();
    for (String id : ended) {
      Summary summary = leader.reader.summary(id);
      assertThat(summary)
          .as(id)
          .isNotNull()
          .extracting(Summary::status)
          .isEqualTo(Status.COMPLETED);
    }
  }

  private void step(ModelCluster cluster, Random random, int step) {
    Replica replica = replicas.get(random.nextInt(replicas.size()));
    if (moves.nextInt(8) == 0) {
      move(replicas.get(moves.nextInt(replicas.size())), moves);
    }
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> {
        String id = "e" + step;
        String text = random.nextBoolean() ? Yard.ONE_TASK : Yard.ONE_WAIT;
        starts.put(id, replica.partition.start(Yard.request(id, text, "{}")));
      }
      case 3, 4 -> report(replica, random);
      case 5, 6 -> cluster.commit(1 + random.nextInt(3));
      case 7, 8 -> cluster.apply(replica.name, 1 + random.nextInt(5));
      case 9 -> clock.advance(Duration.ofMillis(random.nextInt(4_000)));
      case 10 -> cluster.notice(replica.name);
      default -> {
        if (random.nextInt(4) == 0) {
          cluster.elect(
              replica.name, random.nextBoolean() ? ModelCluster.Tail.KEPT : ModelCluster.Tail.LOST);
        }
      }
    }
    if (random.nextInt(3) > 0) {
      work();
    }
  }

  /** Any execution to any of two versions; one that can't move, or does not exist, stays. */
  private void move(Replica replica, Random random) {
    if (!starts.isEmpty()) {
      String id = List.copyOf(starts.keySet()).get(random.nextInt(starts.size()));
      String text = random.nextBoolean() ? Yard.ONE_TASK : Yard.ONE_WAIT;
      String version = random.nextBoolean() ? text : MigrationTest.later(text);
      var _ = replica.partition.migrate(MigrationTest.move(id, version));
    }
  }

  private void report(Replica to, Random random) {
    List<Effect.Dispatch> all =
        replicas.stream().flatMap(replica -> replica.nodes.dispatched.stream()).toList();
    if (!all.isEmpty()) {
      Effect.Dispatch dispatch = all.get(random.nextInt(all.size()));
      to.partition.report(
          new Command.ReportOutput(dispatch.token(), Yard.json("{\"ok\":true}")),
          dispatch.token().execution());
    }
  }

  private void work() {
    for (Replica replica : replicas) {
      int turns = 0;
      while (replica.partition.doWork()) {
        assertThat(++turns).as("turns without rest").isLessThan(10_000);
      }
    }
  }

  private void bringToRest(ModelCluster cluster) {
    cluster.settle();
    work();
    cluster.elect("r1", ModelCluster.Tail.KEPT);
    for (int i = 0; i < 20; i++) {
      cluster.settle();
      work();
    }
    clock.advance(Duration.ofSeconds(20));
    for (int i = 0; i < 20; i++) {
      work();
      cluster.settle();
    }
    work();
  }
}
