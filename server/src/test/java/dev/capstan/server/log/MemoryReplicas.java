package dev.capstan.server.log;

import static dev.capstan.server.Patience.PATIENCE;
import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.env.DataDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Replicas of one log in this process, over a network that a test can break. */
final class MemoryReplicas implements AutoCloseable {
  /** After one to two of these, a replica stands for election. */
  static final Duration SILENCE = Duration.ofMillis(300);

  /** Files are closed often, so that what a snapshot has can be dropped. */
  private static final LogOptions OPTIONS =
      LogOptions.ofDefaults().withSegments(64 << 10, 16 << 10);

  final MemoryPeers network = new MemoryPeers();
  private final Path directory;
  private final List<String> members;
  private final Duration longest;
  private final Map<String, Replica> replicas = new TreeMap<>();

  record Replica(String node, DataDirectory data, RecordingConsumer consumer, RatisLogs logs)
      implements Commits.Applying {
    @Override
    public ReplicatedLog log() {
      return logs.log("p0");
    }
  }

  MemoryReplicas(Path directory, List<String> members) {
    this(directory, members, SILENCE.multipliedBy(2));
  }

  /** With another time after which a replica stands that the library alone has watched. */
  MemoryReplicas(Path directory, List<String> members, Duration longest) {
    this.directory = directory;
    this.members = members;
    this.longest = longest;
  }

  void start(String node) {
    start(node, members);
  }

  /**
   * Starts one.
   *
   * @param founders those that have a replica from the beginning; none for one that will be taken
   *     in
   */
  void start(String node, List<String> founders) {
    DataDirectory data = DataDirectory.open(directory.resolve(node), "cluster", node, 0);
    RecordingConsumer consumer = new RecordingConsumer();
    RatisLogs logs =
        RatisLogs.openReplicas(
            data, OPTIONS, Map.of("p0", consumer), network.at(node), founders, SILENCE, longest);
    replicas.put(node, new Replica(node, data, consumer, logs));
  }

  void stop(String node) {
    Replica replica = replicas.remove(node);
    if (replica != null) {
      replica.logs().close();
      replica.data().close();
    }
  }

  /** A replica that was started. */
  Replica get(String node) {
    return Objects.requireNonNull(replicas.get(node));
  }

  /** Whoever leads, leaving one out. */
  Replica leaderBut(String other) {
    return Commits.leader(() -> replicas.values().stream().filter(r -> !r.node().equals(other)));
  }

  Replica leader() {
    return leaderBut("");
  }

  /** Commits at whoever leads, leaving one out; tells the index. */
  long commitBut(String other, String text) {
    return Commits.commit(() -> leaderBut(other), text);
  }

  /** A leader that a majority has just confirmed, and the index that it answered. */
  record Confirmed(Replica leader, long index) {}

  Confirmed confirm() {
    return await()
        .ignoreException(CompletionException.class)
        .until(
            () -> {
              Replica leader = leader();
              return new Confirmed(
                  leader,
                  leader.log().barrier().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join());
            },
            _ -> true);
  }

  /** Has one drop what a snapshot has from its log. */
  void drop(String node) {
    ReplicatedLog log = get(node).log();
    long _ = log.snapshot().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    await().until(() -> log.status().firstIndex() > 0);
  }

  void awaitTexts(String... texts) {
    await()
        .untilAsserted(() ->
            assertThat(replicas.values())
                .allSatisfy(r -> assertThat(r.consumer().texts()).containsExactly(texts)));
  }

  @Override
  public void close() {
    List.copyOf(replicas.keySet()).forEach(this::stop);
  }
}
