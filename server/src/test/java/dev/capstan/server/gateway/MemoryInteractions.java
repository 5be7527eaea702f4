package dev.capstan.server.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.Views.Page;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** No execution of it listens to anybody. */
final class MemoryInteractions implements Interactions {
  private static Refusal nothing() {
    return new Refusal(Refusal.Code.NOT_FOUND, "there is no such thing");
  }

  @Override
  public Page<HumanTaskView> humanTasks(
      Principal principal, HumanTaskFilter filter, int limit, @Nullable String cursor) {
    return new Page<>(List.of(), null, 1);
  }

  @Override
  public HumanTaskView humanTask(Principal principal, TaskId task) {
    throw nothing();
  }

  @Override
  public CompletableFuture<DecisionView> complete(
      Principal principal, TaskId task, JsonNode decision, @Nullable String key) {
    return CompletableFuture.failedFuture(nothing());
  }

  @Override
  public CompletableFuture<HumanTaskView> assign(
      Principal principal, TaskId task, @Nullable String assignee) {
    return CompletableFuture.failedFuture(nothing());
  }

  @Override
  public CompletableFuture<UpdateView> update(Principal principal, UpdateRequest request) {
    return CompletableFuture.failedFuture(nothing());
  }

  @Override
  public QueryNames queries(Principal principal, String execution) {
    throw nothing();
  }

  @Override
  public QueryView query(Principal principal, String execution, String name) {
    throw nothing();
  }
}
