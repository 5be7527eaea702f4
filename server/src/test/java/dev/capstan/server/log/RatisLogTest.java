package dev.capstan.server.log;

import dev.capstan.server.env.DataDirectory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

final class RatisLogTest extends LogContract {
  private volatile CountDownLatch gate = new CountDownLatch(0);

  @Override
  ReplicatedLog open(LogConsumer withConsumer, LogOptions options) {
    DataDirectory data = DataDirectory.open(directory.resolve("data"), "cluster", "node", 0);
    RatisLogs logs = RatisLogs.openSingle(data, options, Map.of("p0", gated(withConsumer)));
    return new OwnedLog(logs.log("p0"), logs, data);
  }

  @Override
  void awaitLeader() {
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> !consumer.roles().isEmpty());
  }

  @Override
  <T> T await(CompletableFuture<T> future) {
    try {
      return future.orTimeout(20, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof LogException known) {
        throw known;
      }
      throw e;
    }
  }

  @Override
  void hold() {
    gate = new CountDownLatch(1);
  }

  @Override
  void resume() {
    gate.countDown();
  }

  private LogConsumer gated(LogConsumer inner) {
    return new ForwardingConsumer(inner) {
      @Override
      public void apply(long index, ByteBuffer entry) {
        try {
          gate.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        super.apply(index, entry);
      }
    };
  }
}
