package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.server.env.DataDirectory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

final class RatisLogTest extends LogContract {
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile CountDownLatch held = new CountDownLatch(0);

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
    held = new CountDownLatch(1);
    gate = new CountDownLatch(1);
  }

  @Override
  void resume() {
    gate.countDown();
  }

  /** The library would wait for its updater, which would wait for an entry that never applies. */
  @Test
  void anExceptionInApplyWhileTheLogClosesLetsItClose() throws InterruptedException {
    consumer.onApply(_ -> {
      throw new IllegalStateException("no");
    });
    hold();
    CompletableFuture<Long> outcome = propose("poison");
    assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
    Thread closing = Thread.ofPlatform().daemon().start(log::close);
    Awaitility.await().until(() -> closing.getState() == Thread.State.WAITING);
    resume();

    assertThat(closing.join(Duration.ofSeconds(10))).isTrue();
    assertThatThrownBy(() -> await(outcome)).isInstanceOf(LogException.OutcomeUnknown.class);
  }

  @RepeatedTest(20)
  void aLogThatFailsAndIsClosedAtTheSameTimeCloses() throws InterruptedException {
    consumer.onApply(_ -> {
      throw new IllegalStateException("no");
    });
    CompletableFuture<Long> outcome = propose("poison");
    Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> consumer.failure() != null);
    Thread closing = Thread.ofPlatform().daemon().start(log::close);

    assertThat(closing.join(Duration.ofSeconds(10))).isTrue();
    assertThatThrownBy(() -> await(outcome)).isInstanceOf(LogException.OutcomeUnknown.class);
  }

  private LogConsumer gated(LogConsumer inner) {
    return new ForwardingConsumer(inner) {
      @Override
      public void apply(long index, ByteBuffer entry) {
        held.countDown();
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
