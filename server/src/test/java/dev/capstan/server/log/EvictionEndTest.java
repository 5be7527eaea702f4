package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.env.DataDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLogBase;
import org.apache.ratis.util.AutoCloseableLock;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EvictionEndTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  /**
   * The library closes a log with its write lock held, and waits for a thread that may be waiting
   * for the lock. Here somebody else holds it, so that what is done before can be seen.
   */
  @Test
  void theThreadThatDropsSegmentsEndsBeforeTheLibraryTakesTheLockToClose()
      throws InterruptedException {
    RecordingConsumer consumer = new RecordingConsumer();
    try (DataDirectory data = DataDirectory.open(directory.resolve("data"), "cluster", "node", 0);
        RatisLogs logs =
            RatisLogs.openSingle(data, LogOptions.ofDefaults(), Map.of("p0", consumer))) {
      Awaitility.await().atMost(PATIENCE).until(() -> !consumer.roles().isEmpty());
      RatisLog log = (RatisLog) logs.log("p0");
      RaftServer.Division division = Objects.requireNonNull(log.division());
      String name = division.getMemberId().toString();
      assertThat(DivisionThreads.find(name, "cacheEviction")).isNotNull();
      Thread closing;
      try (AutoCloseableLock _ = ((RaftLogBase) division.getRaftLog()).writeLock()) {
        closing = Thread.ofPlatform().daemon().start(log::close);
        Awaitility.await()
            .atMost(PATIENCE)
            .until(() -> DivisionThreads.find(name, "cacheEviction") == null);
      }
      assertThat(closing.join(PATIENCE)).as("closed").isTrue();
    }
  }
}
