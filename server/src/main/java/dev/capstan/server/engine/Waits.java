package dev.capstan.server.engine;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private final Map<String, Set<Wait>> byExecution = new ConcurrentHashMap<>();
  private volatile @Nullable Refusal closed;

  /** One request that waits; equal to itself alone. */
  private static final class Wait {
    final CompletableFuture<@Nullable Summary> outcome = new CompletableFuture<>();
  }

  Waits(int limit) {
    this.limit = limit;
  }

  /**
   * Completes with the summary of an execution once it has ended, or with null after {@code
   * atMost}.
   *
   * @param now looks at the execution after the wait has begun, so that an end in between is not
   *     missed
   */
  CompletableFuture<@Nullable Summary> await(String id, Duration atMost, Supplier<Summary> now) {
    CompletableFuture<@Nullable Summary> outcome = register(id);
    try {
      Summary present = now.get();
      if (present.status().hasEnded()) {
        outcome.complete(present);
      }
    } catch (RuntimeException e) {
      outcome.completeExceptionally(e);
    }
    return outcome.completeOnTimeout(null, Math.max(0, atMost.toMillis()), TimeUnit.MILLISECONDS);
  }

  /**
   * Completes with the summary of an execution once it has ended. For executions that can't have
   * ended yet: nobody looks whether they have.
   *
   * @return to be cancelled by whoever gives up
   */
  CompletableFuture<@Nullable Summary> follow(String id) {
    return register(id);
  }

  private CompletableFuture<@Nullable Summary> register(String id) {
    if (waiting.incrementAndGet() > limit) {
      waiting.decrementAndGet();
      throw new Refusal(
          Refusal.Code.BUSY,
          "Too many requests wait for executions to end (" + limit + ")",
          "Ask again without waiting, or watch the history",
          Duration.ofSeconds(1),
          List.of());
    }
    Wait wait = new Wait();
    byExecution.compute(id, (_, present) -> with(present, wait));
    var _ = wait.outcome.whenComplete((_, _) -> remove(id, wait));
    Refusal reason = closed;
    if (reason != null) {
      wait.outcome.completeExceptionally(reason);
    }
    return wait.outcome;
  }

  /** How many wait now. */
  int count() {
    return waiting.get();
  }

  /** Those who wait go on on other threads. */
  void ended(Summary summary) {
    for (Wait wait : byExecution.getOrDefault(summary.id(), Set.of())) {
      wait.outcome.completeAsync(() -> summary);
    }
  }

  /** Ends are told from now on. */
  void open() {
    closed = null;
  }

  /**
   * Those who wait, and those who come until {@link #open}, go on with this reason, on other
   * threads.
   */
  void close(Refusal reason) {
    closed = reason;
    byExecution
        .values()
        .forEach(waits ->
            waits.forEach(wait ->
                wait.outcome.completeAsync(() -> {
                  throw reason;
                })));
  }

  private static Set<Wait> with(@Nullable Set<Wait> present, Wait wait) {
    Set<Wait> waits = present == null ? ConcurrentHashMap.newKeySet() : present;
    waits.add(wait);
    return waits;
  }

  private void remove(String id, Wait wait) {
    waiting.decrementAndGet();
    byExecution.computeIfPresent(
        id,
        (_, waits) -> {
          waits.remove(wait);
          return waits.isEmpty() ? null : waits;
        });
  }
}
