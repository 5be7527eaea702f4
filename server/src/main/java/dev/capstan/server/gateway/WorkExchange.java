package dev.capstan.server.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Functions for workers that have no session: they ask for work, say that they are at it, and bring
 * results. A task that nothing is heard of for its lease is given to another worker, and whatever
 * is said of an attempt that is no longer the task's is refused. Any thread.
 */
public interface WorkExchange {
  /** The shortest lease. */
  Duration SHORTEST_LEASE = Duration.ofSeconds(1);

  /** The longest lease. */
  Duration LONGEST_LEASE = Duration.ofMinutes(10);

  /** Most tasks that one request may ask for. */
  int MOST_TASKS = 100;

  /**
   * What a worker asks for.
   *
   * @param worker its name; all processes of one name offer the same functions
   * @param functions their names
   * @param max most tasks that it takes now
   * @param lease after so long without a heartbeat a task is given to another
   */
  record Take(String worker, List<String> functions, int max, Duration lease) {}

  /**
   * A task that a worker has now.
   *
   * @param token what everything that is said of this attempt must carry
   * @param function which function is called
   * @param deadline when the attempt is cancelled; null for never
   */
  record Work(
      TaskId task,
      String token,
      String function,
      String name,
      String reference,
      JsonNode arguments,
      String idempotencyKey,
      int attempt,
      @Nullable Instant deadline,
      Duration lease) {}

  /** An error that the workflow can catch. */
  record Failure(String type, int status, @Nullable String title, @Nullable String detail) {}

  /**
   * Takes tasks of a partition, when there are some; none when there are none within this time.
   * Fails with a refusal.
   */
  CompletableFuture<List<Work>> take(
      Principal principal, int partition, Take wanted, Duration wait);

  /**
   * The worker is at a task: its lease begins anew.
   *
   * @param fraction how far the work is, 0 to 1; negative when unknown
   * @param message for people; null to say nothing of the progress
   * @throws Refusal if the task is not this attempt's any more: the worker is to stop it
   */
  void heartbeat(
      Principal principal, TaskId task, String token, double fraction, @Nullable String message);

  /**
   * The work is done. Completes when that is durable; fails with a refusal, of {@code WRONG_STATE}
   * if the task is not this attempt's any more.
   */
  CompletableFuture<?> complete(Principal principal, TaskId task, String token, JsonNode output);

  /** The work has failed. As {@link #complete}. */
  CompletableFuture<?> fail(Principal principal, TaskId task, String token, Failure failure);
}
