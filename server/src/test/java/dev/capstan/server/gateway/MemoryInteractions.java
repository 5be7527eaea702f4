package dev.capstan.server.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.capstan.server.gateway.Views.Page;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Every task of it asks a person, and every execution answers true to everything. */
final class MemoryInteractions implements Interactions {
  private static HumanTaskView view(TaskId task, @Nullable String assignee) {
    return new HumanTaskView(
        task,
        task.execution(),
        "shop",
        "order",
        "1.0.0",
        "approve",
        "/do/0/approve",
        "Yes?",
        null,
        assignee,
        List.of(),
        0,
        Instant.EPOCH,
        null,
        null,
        null,
        1);
  }

  @Override
  public Page<HumanTaskView> humanTasks(
      Principal principal, HumanTaskFilter filter, int limit, @Nullable String cursor) {
    return new Page<>(List.of(view(new TaskId("run-1", 1), filter.assignee())), null, 1);
  }

  @Override
  public HumanTaskView humanTask(Principal principal, TaskId task) {
    return view(task, null);
  }

  @Override
  public CompletableFuture<DecisionView> complete(
      Principal principal, TaskId task, JsonNode decision, @Nullable String key) {
    return CompletableFuture.completedFuture(new DecisionView(task, false, 1));
  }

  @Override
  public CompletableFuture<HumanTaskView> assign(
      Principal principal, TaskId task, @Nullable String assignee) {
    return CompletableFuture.completedFuture(view(task, assignee));
  }

  @Override
  public CompletableFuture<UpdateView> update(Principal principal, UpdateRequest request) {
    TaskId task = new TaskId(request.execution(), 1);
    return CompletableFuture.completedFuture(
        new UpdateView(task, true, BooleanNode.TRUE, false, 1));
  }

  @Override
  public QueryNames queries(Principal principal, String execution) {
    return new QueryNames(List.of("all"), 1);
  }

  @Override
  public QueryView query(Principal principal, String execution, String name) {
    return new QueryView(BooleanNode.TRUE, 1);
  }
}
