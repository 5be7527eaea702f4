package dev.capstan.server.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** There is never anything to do, and everything that is done is fine. */
final class MemoryWork implements WorkExchange {
  @Override
  public CompletableFuture<List<Work>> take(
      Principal principal, int partition, Take wanted, Duration wait) {
    return CompletableFuture.completedFuture(List.of());
  }

  @Override
  public void heartbeat(
      Principal principal, TaskId task, String token, double fraction, @Nullable String message) {}

  @Override
  public CompletableFuture<?> complete(
      Principal principal, TaskId task, String token, JsonNode output) {
    return CompletableFuture.completedFuture(task);
  }

  @Override
  public CompletableFuture<?> fail(
      Principal principal, TaskId task, String token, Failure failure) {
    return CompletableFuture.completedFuture(task);
  }
}
