package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.Interactions;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.Page;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Goes to the partition that owns the execution; lists are put together from all of them. */
final class PartitionedInteractions implements Interactions {
  private final KeySpace keys;
  private final List<Interactions> parts;

  /**
   * @param parts in the order of the partitions
   */
  PartitionedInteractions(KeySpace keys, List<Interactions> parts) {
    this.keys = keys;
    this.parts = List.copyOf(parts);
  }

  private Interactions owner(String execution) {
    return parts.get(keys.ownerOf(execution));
  }

  @Override
  public Page<HumanTaskView> humanTasks(
      Principal principal, HumanTaskFilter filter, int limit, @Nullable String cursor) {
    return MergedPages.humanTasks(
        parts.stream().map(part -> part.humanTasks(principal, filter, limit, cursor)).toList(),
        limit);
  }

  @Override
  public HumanTaskView humanTask(Principal principal, TaskId task) {
    return owner(task.execution()).humanTask(principal, task);
  }

  @Override
  public CompletableFuture<DecisionView> complete(
      Principal principal, TaskId task, JsonNode decision, @Nullable String key) {
    return owner(task.execution()).complete(principal, task, decision, key);
  }

  @Override
  public CompletableFuture<HumanTaskView> assign(
      Principal principal, TaskId task, @Nullable String assignee) {
    return owner(task.execution()).assign(principal, task, assignee);
  }

  @Override
  public CompletableFuture<UpdateView> update(Principal principal, UpdateRequest request) {
    return owner(request.execution()).update(principal, request);
  }

  @Override
  public QueryNames queries(Principal principal, String execution) {
    return owner(execution).queries(principal, execution);
  }

  @Override
  public QueryView query(Principal principal, String execution, String name) {
    return owner(execution).query(principal, execution, name);
  }
}
