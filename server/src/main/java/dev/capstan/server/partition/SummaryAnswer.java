package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers with an execution's summary as it is after the turn. */
final class SummaryAnswer<T> implements Answer {
  private final LiveExecution live;
  private final CompletableFuture<T> future;
  private final Function<Summary, T> form;
  private @Nullable Summary summary;

  private SummaryAnswer(
      LiveExecution live, CompletableFuture<T> future, Function<Summary, T> form) {
    this.live = live;
    this.future = future;
    this.form = form;
  }

  static <T> SummaryAnswer<T> of(
      LiveExecution live, CompletableFuture<T> future, Function<Summary, T> form) {
    return new SummaryAnswer<>(live, future, form);
  }

  @Override
  public void sealed() {
    summary = Summaries.of(live.state(), 0);
  }

  @Override
  public void committed(long index) {
    Summary taken = summary;
    if (taken == null) {
      throw new IllegalStateException("an answer is committed that was never sealed");
    }
    future.complete(form.apply(Summaries.at(taken, index)));
  }

  @Override
  public void refused(Refusal reason) {
    future.completeExceptionally(reason);
  }
}
