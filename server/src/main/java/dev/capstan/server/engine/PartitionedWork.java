package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.WorkExchange;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The work of all partitions: a task is with the one that owns its execution.
 *
 * @param parts in the order of the partitions
 */
record PartitionedWork(KeySpace keys, List<WorkExchange> parts) implements WorkExchange {
  private WorkExchange owner(TaskId task) {
    return parts.get(keys.ownerOf(task.execution()));
  }

  @Override
  public CompletableFuture<List<Work>> take(
      Principal principal, int partition, Take wanted, Duration wait) {
    if (partition < 0 || partition >= parts.size()) {
      throw new Refusal(
          Refusal.Code.NOT_FOUND,
          "there is no partition " + partition,
          "they are 0 to " + (parts.size() - 1));
    }
    return parts.get(partition).take(principal, partition, wanted, wait);
  }

  @Override
  public void heartbeat(
      Principal principal, TaskId task, String token, double fraction, @Nullable String message) {
    owner(task).heartbeat(principal, task, token, fraction, message);
  }

  @Override
  public CompletableFuture<?> complete(
      Principal principal, TaskId task, String token, JsonNode output) {
    return owner(task).complete(principal, task, token, output);
  }

  @Override
  public CompletableFuture<?> fail(
      Principal principal, TaskId task, String token, Failure failure) {
    return owner(task).fail(principal, task, token, failure);
  }
}
