package dev.capstan.server.engine;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WaitsTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final Waits waits = new Waits(2);

  private static Summary summary(Status status) {
    return new Summary(
        "x",
        new WorkflowReference("test", "a", "1.0.0", "hash"),
        status,
        JsonNodeFactory.instance.objectNode(),
        null,
        null,
        Map.of(),
        Instant.EPOCH,
        status.hasEnded() ? Instant.EPOCH : null,
        "somebody",
        null,
        1,
        1);
  }

  private CompletableFuture<@Nullable Summary> waiting() {
    return waits.await("x", LONG, () -> summary(Status.RUNNING));
  }

  @Test
  void anEndIsToldToAllWhoWait() {
    var first = waiting();
    var second = waits.follow("x");

    waits.ended(summary(Status.COMPLETED));

    assertThat(first.join()).isEqualTo(summary(Status.COMPLETED));
    assertThat(second.join()).isEqualTo(summary(Status.COMPLETED));
  }

  @Test
  void anEndBeforeTheWaitIsSeen() {
    var late = waits.await("x", LONG, () -> summary(Status.FAULTED));

    assertThat(late.join()).isEqualTo(summary(Status.FAULTED));
  }

  @Test
  void whoWaitsAndWhoComesLaterIsToldThatNothingWillBeTold() {
    var before = waiting();

    waits.close(new Refusal(Refusal.Code.NOT_READY, "This coordinator leads no more"));
    var after = waits.follow("x");

    assertThatThrownBy(before::join).hasMessageContaining("leads no more");
    assertThatThrownBy(after::join).hasMessageContaining("leads no more");
  }

  @Test
  void whoComesAfterItIsOpenAgainWaits() {
    waits.close(new Refusal(Refusal.Code.NOT_READY, "This coordinator leads no more"));
    waits.open();

    var again = waiting();

    assertThat(again).isNotDone();
    waits.ended(summary(Status.COMPLETED));
    assertThat(again.join()).isEqualTo(summary(Status.COMPLETED));
  }

  @Test
  void whoEndsMakesRoom() {
    var first = waiting();
    var second = waiting();
    assertThatThrownBy(this::waiting).hasMessageContaining("Too many requests wait");

    waits.ended(summary(Status.COMPLETED));
    CompletableFuture.allOf(first, second).join();
    await().until(() -> waits.count() == 0);

    assertThat(waiting()).isNotDone();
  }
}
