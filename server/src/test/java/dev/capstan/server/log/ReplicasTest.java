package dev.capstan.server.log;

import static dev.capstan.server.Patience.PATIENCE;
import static dev.capstan.server.Patience.await;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.env.DataDirectory;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three replicas of one log, over real connections on loopback. */
class ReplicasTest {
  private static final List<String> MEMBERS = List.of("n0", "n1", "n2");

  private static final int MESSAGE_BYTES = 16 << 20;
  private static final String PADDING = "x".repeat(1_000);

  /** Files are closed often, so that what a snapshot has can be dropped. */
  private static final LogOptions OPTIONS =
      LogOptions.ofDefaults().withSegments(64 << 10, 16 << 10);

  @TempDir Path directory;

  private final Map<String, InetSocketAddress> addresses = new ConcurrentHashMap<>();
  private final Map<String, Replica> replicas = new TreeMap<>();

  private record Replica(
      String node, DataDirectory data, RecordingConsumer consumer, RatisLogs logs)
      implements Commits.Applying {
    @Override
    public ReplicatedLog log() {
      return logs.log("p0");
    }

    void close() {
      logs.close();
      data.close();
    }
  }

  @BeforeEach
  void startAll() {
    MEMBERS.forEach(node -> start(node, new RecordingConsumer()));
  }

  @AfterEach
  void stopAll() {
    List.copyOf(replicas.keySet()).forEach(this::stop);
  }

  private void start(String node, RecordingConsumer consumer) {
    DataDirectory data = DataDirectory.open(directory.resolve(node), "cluster", node, 0);
    GrpcPeers network =
        new GrpcPeers(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            InsecureServerCredentials.create(),
            InsecureChannelCredentials.create(),
            addresses,
            MESSAGE_BYTES);
    RatisLogs logs =
        RatisLogs.openReplicas(
            data, OPTIONS, Map.of("p0", consumer), network, MEMBERS, Duration.ofMillis(300));
    addresses.put(node, new InetSocketAddress(InetAddress.getLoopbackAddress(), network.port()));
    replicas.put(node, new Replica(node, data, consumer, logs));
  }

  private void stop(String node) {
    Replica replica = replicas.remove(node);
    if (replica != null) {
      replica.close();
    }
  }

  private Replica leader() {
    return Commits.leader(() -> replicas.values().stream());
  }

  private List<String> propose(int from, int to) {
    return propose(from, to, PADDING);
  }

  private List<String> propose(int from, int to, String padding) {
    List<String> texts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      String text = "entry-" + i + padding;
      texts.add(text);
      commit(text);
    }
    return texts;
  }

  private void commit(String text) {
    long _ = Commits.commit(this::leader, text);
  }

  private void awaitEverywhere(List<String> texts) {
    await()
        .untilAsserted(() ->
            assertThat(replicas.values())
                .allSatisfy(replica -> assertThat(replica.consumer().texts()).isEqualTo(texts)));
  }

  @Test
  void whatIsProposedIsAppliedEverywhereInTheSameOrder() {
    awaitEverywhere(propose(0, 200));
  }

  @Test
  void aLostLeaderIsReplacedAndNothingAcknowledgedIsLost() {
    List<String> texts = propose(0, 50);
    long lost = System.nanoTime();
    stop(leader().node());
    texts.addAll(propose(50, 51));
    System.out.printf(
        "first commit of the next leader after %d ms%n", (System.nanoTime() - lost) / 1_000_000);
    texts.addAll(propose(51, 100));
    awaitEverywhere(texts);
  }

  @Test
  void aLeaderThatHandsOverIsFollowedByAnother() {
    List<String> texts = propose(0, 50);
    Replica former = leader();
    long term = former.log().role().term();
    long begun = System.nanoTime();
    assertThat(former.logs().handOver(Heirs.ANY, Duration.ofSeconds(10))).isTrue();
    texts.addAll(propose(50, 51));
    System.out.printf(
        "first commit of the successor after %d ms%n", (System.nanoTime() - begun) / 1_000_000);

    await()
        .until(() ->
            replicas.values().stream()
                .filter(replica -> !replica.equals(former))
                .anyMatch(replica -> replica.consumer().ledAfter(term)));
    awaitEverywhere(texts);
  }

  /** Otherwise it would begin to lead anew with each proposal that is refused meanwhile. */
  @Test
  void aLeaderThatHandsOverDoesNotLeadUntilThatIsDecided() {
    Replica leader = leader();
    String gone =
        MEMBERS.stream().filter(node -> !node.equals(leader.node())).findFirst().orElseThrow();
    stop(gone);
    propose(0, 10);
    CompletableFuture<?> handOver = leader.logs().handOver("p0", gone, Duration.ofSeconds(3));
    assertThat(leader.log().role().leads()).isFalse();
    assertThat(handOver).failsWithin(Duration.ofMinutes(1));
    await().until(() -> leader().log().role().leads());
    propose(10, 20);
  }

  @Test
  void aReplicaThatComesBackCatchesUp() {
    List<String> texts = propose(0, 50);
    String leads = leader().node();
    Replica follower =
        replicas.values().stream().filter(r -> !r.node().equals(leads)).findFirst().orElseThrow();
    stop(follower.node());
    RecordingConsumer durable = RecordingConsumer.with(follower.consumer().applied());
    texts.addAll(propose(50, 100));
    long back = System.nanoTime();
    start(follower.node(), durable);
    awaitEverywhere(texts);
    System.out.printf("caught up after %d ms%n", (System.nanoTime() - back) / 1_000_000);
  }

  @Test
  void aReplicaThatIsBehindWhatIsKeptIsFilledByASnapshot() {
    fillBySnapshot(PADDING, 400, false);
  }

  @Test
  void aSnapshotMayBeLargerThanOneMessage() {
    fillBySnapshot("y".repeat(MESSAGE_BYTES / 300), 350, false);
  }

  /** The received one replaces it on the disk, and the library still asks for the older one. */
  @Test
  void aReplicaWithASnapshotOfItsOwnIsFilledByALaterOne() {
    List<String> told = new CopyOnWriteArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord message) {
            // Others tell of a leader that changed or sent a piece again, as happens on any day.
            if (message.getMessage().contains("installSnapshot failed")) {
              told.add(String.valueOf(message.getThrown()));
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger installing =
        Logger.getLogger("org.apache.ratis.server.impl.SnapshotInstallationHandler");
    installing.addHandler(handler);
    try {
      fillBySnapshot(PADDING, 400, true);
    } finally {
      installing.removeHandler(handler);
    }
    assertThat(told).isEmpty();
  }

  private void fillBySnapshot(String padding, int entries, boolean hasOwn) {
    List<String> texts = propose(0, 20, padding);
    awaitEverywhere(texts);
    String leads = leader().node();
    Replica follower =
        replicas.values().stream().filter(r -> !r.node().equals(leads)).findFirst().orElseThrow();
    if (hasOwn) {
      long _ = follower.log().snapshot().orTimeout(PATIENCE.toSeconds(), SECONDS).join();
    }
    stop(follower.node());
    texts.addAll(propose(20, entries, padding));
    replicas
        .values()
        .forEach(each -> each.log().snapshot().orTimeout(PATIENCE.toSeconds(), SECONDS).join());
    await()
        .until(() -> leader().log().status().firstIndex() > follower.consumer().appliedIndex() + 1);

    start(follower.node(), RecordingConsumer.with(follower.consumer().applied()));

    awaitEverywhere(texts);
    texts.addAll(propose(entries, entries + 20, padding));
    awaitEverywhere(texts);
  }

  @Test
  void aLeaderWithoutAMajorityAcknowledgesNothing() {
    propose(0, 10);
    Replica leader = leader();
    MEMBERS.stream().filter(node -> !node.equals(leader.node())).forEach(this::stop);
    var outcome = leader.log().propose("alone".getBytes(StandardCharsets.UTF_8));
    // Another one may have been elected before it was stopped, which it does not know at once.
    await().until(() -> leader.log().role(), role -> !role.leads() && role.leader() == null);
    assertThat(outcome.isDone() && !outcome.isCompletedExceptionally()).isFalse();
    assertThat(leader.consumer().texts()).doesNotContain("alone");
  }
}
