package dev.capstan.server.log;

import static dev.capstan.server.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.node.env.DataDirectory;
import dev.capstan.server.Patience;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
    Patience.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> !consumer.roles().isEmpty());
  }

  @Override
  <T> T await(CompletableFuture<T> future) {
    try {
      return future.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
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
    assertThat(held.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    Thread closing = Thread.ofPlatform().daemon().start(log::close);
    Patience.await().until(() -> closing.getState() == Thread.State.WAITING);
    resume();

    assertThat(closing.join(PATIENCE)).isTrue();
    assertThatThrownBy(() -> await(outcome)).isInstanceOf(LogException.OutcomeUnknown.class);
  }

  @RepeatedTest(20)
  void aLogThatFailsAndIsClosedAtTheSameTimeCloses() throws InterruptedException {
    consumer.onApply(_ -> {
      throw new IllegalStateException("no");
    });
    CompletableFuture<Long> outcome = propose("poison");
    Patience.await().pollInterval(Duration.ofMillis(1)).until(() -> consumer.failure() != null);
    Thread closing = Thread.ofPlatform().daemon().start(log::close);

    assertThat(closing.join(PATIENCE)).isTrue();
    assertThatThrownBy(() -> await(outcome)).isInstanceOf(LogException.OutcomeUnknown.class);
  }

  /** Whoever proposed may look at once at what the consumer made of the failure. */
  @RepeatedTest(20)
  void nobodyHearsOfAFailureBeforeTheConsumer() throws InterruptedException {
    CountDownLatch hears = new CountDownLatch(1);
    CountDownLatch heard = new CountDownLatch(1);
    consumer.onApply(_ -> {
      throw new IllegalStateException("no");
    });
    consumer.onFailure(() -> {
      hears.countDown();
      awaitUninterrupted(heard);
    });
    List<CompletableFuture<Long>> outcomes = new CopyOnWriteArrayList<>();
    List<Thread> proposers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      proposers.add(Thread.ofPlatform().start(() -> outcomes.add(propose("poison"))));
    }
    assertThat(hears.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    for (Thread proposer : proposers) {
      proposer.join();
    }
    long early = outcomes.stream().filter(RatisLogTest::hasUnknownOutcome).count();
    heard.countDown();

    assertThat(early).isZero();
    outcomes.forEach(
        outcome -> assertThatThrownBy(() -> await(outcome)).isInstanceOf(LogException.class));
  }

  /** Another one was refused, and is known not to be carried out. */
  private static boolean hasUnknownOutcome(CompletableFuture<Long> outcome) {
    return outcome.isCompletedExceptionally()
        && outcome.exceptionNow() instanceof LogException.OutcomeUnknown;
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private LogConsumer gated(LogConsumer inner) {
    return new ForwardingConsumer(inner) {
      @Override
      public void apply(long index, ByteBuffer entry) {
        held.countDown();
        awaitUninterrupted(gate);
        super.apply(index, entry);
      }
    };
  }
}
