package dev.capstan.server.log;

import dev.capstan.node.env.Deadlines;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Barriers for many readers. A confirmation counts for a reader only if it has begun after the
 * reader came; so those that come while one is under way share the next one, and the log does one
 * after the other however many readers there are. Any thread.
 */
public final class SharedBarrier {
  private final Supplier<CompletableFuture<Long>> barrier;
  private final Duration atMost;
  private final Deadlines deadlines;
  private @Nullable CompletableFuture<Long> next;
  private boolean running;

  /**
   * @param barrier as {@link ReplicatedLog#barrier}
   * @param atMost how long one may take before it counts as failed
   */
  public SharedBarrier(
      Supplier<CompletableFuture<Long>> barrier, Duration atMost, Deadlines deadlines) {
    this.barrier = barrier;
    this.atMost = atMost;
    this.deadlines = deadlines;
  }

  /** As {@link ReplicatedLog#barrier}. */
  public CompletableFuture<Long> pass() {
    CompletableFuture<Long> mine;
    synchronized (this) {
      mine = next == null ? new CompletableFuture<>() : next;
      if (running) {
        next = mine;
        return mine.copy();
      }
      running = true;
    }
    begin(mine);
    return mine.copy();
  }

  private void begin(CompletableFuture<Long> round) {
    CompletableFuture<Long> confirmed;
    try {
      confirmed = barrier.get().copy();
    } catch (RuntimeException e) {
      confirmed = CompletableFuture.failedFuture(e);
    }
    deadlines.watch(confirmed, atMost);
    CompletableFuture<Long> _ =
        confirmed.whenComplete((index, failure) -> {
          ended();
          if (failure == null) {
            round.complete(index);
          } else {
            round.completeExceptionally(failure);
          }
        });
  }

  private void ended() {
    CompletableFuture<Long> following;
    synchronized (this) {
      following = next;
      next = null;
      running = following != null;
    }
    if (following != null) {
      begin(following);
    }
  }
}
