package dev.capstan.server.engine;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Requests that wait for executions to end. None of them holds a thread. */
final class Waits {
  private final int limit;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<String, List<CompletableFuture<@Nullable Summary>>> byExecution = new ConcurrentHashMap<>();

  Waits(int limit) {
    this.limit = limit;
  }

  /**
   * Completes with the summary of an execution once it has ended, or with null after {@code atMost}.
   *
   * @param now looks at the execution after the wait has begun, so that an end in between is not missed
   */
  CompletableFuture<@Nullable Summary> await(String id, Duration atMost, Supplier<Summary> now) {
    if (waiting.incrementAndGet() > limit) {
      waiting.decrementAndGet();
      throw new Refusal(
          Refusal.Code.BUSY,
          "Too many requests wait for executions to end (" + limit + ")",
          "Ask again without waiting, or watch the history",
          Duration.ofSeconds(1),
          List.of());
    }
    CompletableFuture<@Nullable Summary> wait = new CompletableFuture<>();
    add(id, wait);
    var unused = wait.whenComplete((_, _) -> remove(id, wait));
    try {
      Summary present = now.get();
      if (present.status().hasEnded()) {
        wait.complete(present);
      }
    } catch (RuntimeException e) {
      wait.completeExceptionally(e);
    }
    return wait.completeOnTimeout(null, Math.max(0, atMost.toMillis()), TimeUnit.MILLISECONDS);
  }

  void ended(Summary summary) {
    List<CompletableFuture<@Nullable Summary>> waits = byExecution.get(summary.id());
    if (waits != null) {
      List<CompletableFuture<@Nullable Summary>> all;
      synchronized (waits) {
        all = List.copyOf(waits);
      }
      all.forEach(wait -> wait.completeAsync(() -> summary));
    }
  }

  private void add(String id, CompletableFuture<@Nullable Summary> wait) {
    byExecution.compute(
        id,
        (_, present) -> {
          List<CompletableFuture<@Nullable Summary>> waits = present == null ? new ArrayList<>(1) : present;
          synchronized (waits) {
            waits.add(wait);
          }
          return waits;
        });
  }

  private void remove(String id, CompletableFuture<@Nullable Summary> wait) {
    waiting.decrementAndGet();
    byExecution.computeIfPresent(
        id,
        (_, waits) -> {
          synchronized (waits) {
            waits.remove(wait);
            return waits.isEmpty() ? null : waits;
          }
        });
  }
}
