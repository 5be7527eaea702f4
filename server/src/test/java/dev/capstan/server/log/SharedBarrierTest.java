package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.env.Deadlines;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class SharedBarrierTest {
  private final List<CompletableFuture<Long>> rounds = new ArrayList<>();
  private final SharedBarrier barrier =
      new SharedBarrier(this::round, Duration.ofMinutes(1), Deadlines.system());

  private CompletableFuture<Long> round() {
    CompletableFuture<Long> round = new CompletableFuture<>();
    rounds.add(round);
    return round;
  }

  @Test
  void whoComesWhileOneIsUnderWayWaitsForTheNext() {
    CompletableFuture<Long> first = barrier.pass();
    CompletableFuture<Long> second = barrier.pass();
    CompletableFuture<Long> third = barrier.pass();
    assertThat(rounds).hasSize(1);

    rounds.getFirst().complete(7L);

    assertThat(first).isCompletedWithValue(7L);
    assertThat(second).isNotDone();
    assertThat(rounds).as("one for both that came meanwhile").hasSize(2);
    rounds.getLast().complete(8L);
    assertThat(second).isCompletedWithValue(8L);
    assertThat(third).isCompletedWithValue(8L);
  }

  @Test
  void oneThatFailsFailsForItsReadersAlone() {
    CompletableFuture<Long> first = barrier.pass();
    CompletableFuture<Long> second = barrier.pass();

    rounds.getFirst().completeExceptionally(new LogException.NotLeader("c2"));

    assertThat(first).isCompletedExceptionally();
    rounds.getLast().complete(9L);
    assertThat(second).isCompletedWithValue(9L);
    CompletableFuture<Long> later = barrier.pass();
    assertThat(rounds).hasSize(3);
    rounds.getLast().complete(10L);
    assertThat(later).isCompletedWithValue(10L);
  }

  @Test
  void oneThatThrowsFailsForItsReadersAlone() {
    AtomicBoolean throwsNow = new AtomicBoolean(true);
    SharedBarrier throwing =
        new SharedBarrier(
            () -> {
              if (throwsNow.getAndSet(false)) {
                throw new IllegalStateException("the log is not there");
              }
              return CompletableFuture.completedFuture(3L);
            },
            Duration.ofMinutes(1),
            Deadlines.system());

    assertThat(throwing.pass()).isCompletedExceptionally();
    assertThat(throwing.pass()).isCompletedWithValue(3L);
  }
}
