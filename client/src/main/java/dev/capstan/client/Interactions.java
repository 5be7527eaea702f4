package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What people and programs say to running executions, and ask of them: human tasks, updates and
 * queries. Handed out by {@link CapstanClient#interactions}; what holds for that holds here.
 */
public final class Interactions {
  private final Calls calls;

  Interactions(Calls calls) {
    this.calls = calls;
  }

  /** Open human tasks, the latest first, without their descriptions and forms. */
  public CompletableFuture<Page<HumanTask>> humanTasks(HumanTaskFilter filter, PageRequest page) {
    QueryString query =
        new QueryString()
            .with("assignee", filter.assignee())
            .with("candidate", filter.candidate())
            .with("workflow", filter.workflow());
    return calls.page("/v1/human-tasks" + query.with(page), "humanTasks", HumanTask.class);
  }

  /** An open human task with all that it takes to decide it. */
  public CompletableFuture<HumanTask> humanTask(String id) {
    return calls.one(humanTask(id, ""), HumanTask.class);
  }

  /** Decides a human task. It is sent again when no answer comes, and taken once. */
  public CompletableFuture<Decided> complete(String id, JsonNode decision) {
    ObjectNode body = JsonNodeFactory.instance.objectNode().set("decision", decision);
    return calls
        .send(
            Request.post(humanTask(id, "/complete"))
                .with("Idempotency-Key", UUID.randomUUID().toString())
                .body("application/json", body.toString())
                .safeToRepeat())
        .thenApply(answer -> answer.as(Decided.class));
  }

  /**
   * Says who is to decide a human task.
   *
   * @param assignee null for nobody in particular
   */
  public CompletableFuture<HumanTask> assign(String id, @Nullable String assignee) {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("assignee", assignee);
    return calls
        .send(
            Request.post(humanTask(id, "/assign"))
                .body("application/json", body.toString())
                .safeToRepeat())
        .thenApply(answer -> answer.as(HumanTask.class));
  }

  /**
   * Sends an update to the task that listens for it, and waits for its answer. It is sent again
   * when no answer comes, and taken once.
   *
   * @param key with which the same update may be sent later again, for the same answer; null for a
   *     new one
   * @param wait for the answer, at most five minutes
   */
  public CompletableFuture<Update> update(
      String execution, String name, JsonNode input, @Nullable String key, Duration wait) {
    return calls
        .send(
            Request.post(execution(execution, "/updates/" + QueryString.encode(name)))
                .waits(wait)
                .with("Idempotency-Key", key == null ? UUID.randomUUID().toString() : key)
                .body("application/json", input.toString())
                .safeToRepeat())
        .thenApply(answer -> answer.as(Update.class));
  }

  /** Names of what may be asked of an execution. */
  public CompletableFuture<List<String>> queries(String execution) {
    return calls
        .send(Request.get(execution(execution, "/queries")))
        .thenApply(answer -> {
          List<String> names = new ArrayList<>();
          answer.json().path("queries").forEach(name -> names.add(name.asText()));
          return names;
        });
  }

  /** What an execution answers, also one that has ended. */
  public CompletableFuture<JsonNode> query(String execution, String name) {
    return calls
        .send(Request.get(execution(execution, "/queries/" + QueryString.encode(name))))
        .thenApply(answer -> answer.json().path("value"));
  }

  private static String execution(String id, String rest) {
    return "/v1/executions/" + QueryString.encode(id) + rest;
  }

  private static String humanTask(String id, String rest) {
    return "/v1/human-tasks/" + QueryString.encode(id) + rest;
  }
}
