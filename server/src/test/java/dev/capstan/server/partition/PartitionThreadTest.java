package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.execution.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loop on a thread of its own. */
@Timeout(300)
class PartitionThreadTest {
  private final Yard yard = new Yard();

  @Test
  void requestsWakeTheThread() throws Exception {
    try (PartitionThread thread = new PartitionThread(yard.partition, "partition-test")) {
      thread.start();
      for (int i = 0; i < 100; i++) {
        CompletableFuture<PartitionRequests.Started> started = yard.starting("e" + i, Yard.ONE_SET);
        assertThat(started.get(60, TimeUnit.SECONDS).summary().status())
            .isEqualTo(Status.COMPLETED);
      }
    }
  }

  @Test
  void whoComesAfterTheEndIsRefusedAndDoesNotWait() {
    PartitionThread thread = new PartitionThread(yard.partition, "partition-test");
    thread.start();
    thread.close();

    assertThat(yard.starting("a", Yard.ONE_SET))
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("stops");
    assertThat(yard.partition.check(false)).isCompletedExceptionally();
  }

  @Test
  void whoHasNothingToDoSleepsUntilTheNextTimer() {
    assertThat(yard.partition.idleNanos()).isGreaterThan(TimeUnit.SECONDS.toNanos(30));
    yard.start("a", Yard.ONE_WAIT);

    assertThat(yard.partition.idleNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(10));
  }
}
