package dev.capstan.server.log;

import static dev.capstan.server.Patience.PATIENCE;
import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.env.DataDirectory;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas come and go while the log is in use. */
class MembersTest {
  private static final Duration SILENCE = Duration.ofMillis(300);

  private static final LogOptions OPTIONS =
      LogOptions.ofDefaults().withSegments(64 << 10, 16 << 10);

  @TempDir Path directory;

  private final Map<String, InetSocketAddress> addresses = new ConcurrentHashMap<>();
  private final Map<String, Replica> replicas = new TreeMap<>();

  private record Replica(DataDirectory data, RecordingConsumer consumer, RatisLogs logs)
      implements Commits.Applying {
    @Override
    public ReplicatedLog log() {
      return logs.log("p0");
    }
  }

  private void start(String node, List<String> members) {
    DataDirectory data = DataDirectory.open(directory.resolve(node), "cluster", node, 0);
    GrpcPeers network =
        new GrpcPeers(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            InsecureServerCredentials.create(),
            InsecureChannelCredentials.create(),
            addresses,
            16 << 20);
    RecordingConsumer consumer = new RecordingConsumer();
    RatisLogs logs =
        RatisLogs.openReplicas(data, OPTIONS, Map.of("p0", consumer), network, members, SILENCE);
    addresses.put(node, new InetSocketAddress(InetAddress.getLoopbackAddress(), network.port()));
    replicas.put(node, new Replica(data, consumer, logs));
  }

  @AfterEach
  void stopAll() {
    List.copyOf(replicas.keySet()).forEach(this::stop);
  }

  private void stop(String node) {
    Replica replica = replicas.remove(node);
    if (replica != null) {
      replica.logs().close();
      replica.data().close();
    }
  }

  private Replica replica(String node) {
    Replica found = replicas.get(node);
    if (found == null) {
      throw new AssertionError(node + " does not run");
    }
    return found;
  }

  private Replica leader() {
    return Commits.leader(() -> replicas.values().stream());
  }

  private void commit(String text) {
    long _ = Commits.commit(this::leader, text);
  }

  private void awaitTexts(String node, String... texts) {
    await()
        .pollInterval(Duration.ofMillis(10))
        .untilAsserted(() -> assertThat(replica(node).consumer().texts()).containsExactly(texts));
  }

  /**
   * Asks again, as coordinators do: on a busy machine the leader changes, or a new replica makes no
   * progress for a while.
   */
  private void members(String... nodes) {
    await()
        .atMost(PATIENCE.multipliedBy(2))
        .untilAsserted(() ->
            assertThat(
                    leader()
                        .logs()
                        .setMembers("p0", List.of(nodes), PATIENCE)
                        .handle((_, failure) -> failure)
                        .join())
                .isNull());
    awaitMembers(nodes);
  }

  private void awaitMembers(String... nodes) {
    await().untilAsserted(() -> assertThat(leader().logs().members("p0")).containsExactly(nodes));
  }

  @Test
  void anEmptyReplicaIsFilledAndThenCounts() {
    start("n0", List.of("n0"));
    commit("one");
    start("n1", List.of());
    start("n2", List.of());
    members("n0", "n1");
    members("n0", "n1", "n2");
    commit("two");
    awaitTexts("n1", "one", "two");
    awaitTexts("n2", "one", "two");

    stop("n0");
    commit("three");

    awaitTexts("n1", "one", "two", "three");
    awaitTexts("n2", "one", "two", "three");
  }

  @Test
  void aReplicaThatCantBeReachedIsNotTakenInAndHoldsUpNothing() {
    start("n0", List.of("n0"));
    commit("one");

    assertThat(leader().logs().setMembers("p0", List.of("n0", "n1"), Duration.ofSeconds(5)))
        .failsWithin(PATIENCE);

    commit("two");
    awaitMembers("n0");
    start("n1", List.of());
    members("n0", "n1");
    awaitTexts("n1", "one", "two");
  }

  /** Else whoever spreads leaderships would stop the log while somebody does not come. */
  @Test
  void aLeaderGoesOnWhenItIsToHandOverWhileAReplicaIsBeingTakenIn() {
    start("n0", List.of("n0"));
    start("n1", List.of());
    members("n0", "n1");
    Replica leader = leader();
    long term = leader.log().role().term();
    String other = leader.equals(replica("n0")) ? "n1" : "n0";
    CompletableFuture<?> taken =
        leader.logs().setMembers("p0", List.of("n0", "n1", "n2"), PATIENCE);

    assertThat(leader.logs().handOver("p0", other, PATIENCE)).failsWithin(PATIENCE);

    assertThat(leader.log().role().leads()).isTrue();
    assertThat(leader.log().role().term()).isEqualTo(term);
    assertThat(taken).as("nobody reaches it").failsWithin(PATIENCE);
    commit("one");
  }

  @Test
  void aReplicaThatWasStoppedBeforeItWasTakenInIsTakenInLater() {
    start("n0", List.of("n0"));
    start("n1", List.of());
    stop("n1");
    commit("one");
    start("n1", List.of());

    members("n0", "n1");

    awaitTexts("n1", "one");
  }

  @Test
  void aReplicaThatIsGoneIsLeftOutAndTheRestNeedNoMajorityWithIt() {
    start("n0", List.of("n0"));
    start("n1", List.of());
    start("n2", List.of());
    members("n0", "n1");
    members("n0", "n1", "n2");
    stop("n2");
    members("n0", "n1");
    start("n3", List.of());
    members("n0", "n1", "n3");
    commit("one");

    stop("n1");
    commit("two");

    awaitTexts("n3", "one", "two");
  }
}
