package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.node.env.DataDirectory;
import java.nio.charset.StandardCharsets;
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
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  final MemoryPeers network = new MemoryPeers();
  private final Path directory;
  private final List<String> members;
  private final Map<String, Replica> replicas = new TreeMap<>();

  record Replica(String node, DataDirectory data, RecordingConsumer consumer, RatisLogs logs) {
    ReplicatedLog log() {
      return logs.log("p0");
    }

    boolean leads() {
      return log().role().leads();
    }
  }

  MemoryReplicas(Path directory, List<String> members) {
    this.directory = directory;
    this.members = members;
  }

  void start(String node) {
    DataDirectory data = DataDirectory.open(directory.resolve(node), "cluster", node, 0);
    RecordingConsumer consumer = new RecordingConsumer();
    RatisLogs logs =
        RatisLogs.openReplicas(
            data,
            LogOptions.ofDefaults(),
            Map.of("p0", consumer),
            network.at(node),
            members,
            Duration.ofMillis(300));
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
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> replicas.values().stream().anyMatch(r -> r.leads() && !r.node().equals(other)));
    return replicas.values().stream()
        .filter(r -> r.leads() && !r.node().equals(other))
        .findFirst()
        .orElseThrow();
  }

  Replica leader() {
    return leaderBut("");
  }

  /** Commits at whoever leads, leaving one out; tells the index. */
  long commitBut(String other, String text) {
    while (true) {
      try {
        return leaderBut(other)
            .log()
            .propose(text.getBytes(StandardCharsets.UTF_8))
            .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
            .join();
      } catch (CompletionException e) {
        assertThat(e.getCause()).isInstanceOf(LogException.NotLeader.class);
      }
    }
  }

  void awaitTexts(String... texts) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(replicas.values())
                .allSatisfy(r -> assertThat(r.consumer().texts()).containsExactly(texts)));
  }

  @Override
  public void close() {
    List.copyOf(replicas.keySet()).forEach(this::stop);
  }
}
