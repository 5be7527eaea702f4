package dev.capstan.server.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.Views.Page;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What people and programs say to running executions and ask of them: human tasks, updates and
 * queries. As of {@link Gateway}: futures complete when the change is durable, failures are {@link
 * Refusal}s, any thread may call.
 */
public interface Interactions {

  /** Open human tasks, the latest first, without their descriptions and forms. */
  Page<HumanTaskView> humanTasks(
      Principal principal, HumanTaskFilter filter, int limit, @Nullable String cursor);

  /** An open human task with everything that it takes to decide it. */
  HumanTaskView humanTask(Principal principal, TaskId task);

  /**
   * Decides a human task; a second decision is refused, and one that is not what its form asks for.
   *
   * @param key with which the same decision may be sent again; null for none
   */
  CompletableFuture<DecisionView> complete(
      Principal principal, TaskId task, JsonNode decision, @Nullable String key);

  /**
   * Says who is to decide a human task; completes with it.
   *
   * @param assignee null for nobody in particular
   */
  CompletableFuture<HumanTaskView> assign(
      Principal principal, TaskId task, @Nullable String assignee);

  /** Sends an update to the task that listens for it, and waits for its answer. */
  CompletableFuture<UpdateView> update(Principal principal, UpdateRequest request);

  /** Names of what may be asked of an execution. */
  QueryNames queries(Principal principal, String execution);

  /** The answer of an execution, also of one that has ended. */
  QueryView query(Principal principal, String execution, String name);

  /**
   * Which human tasks a list shows; null members match all.
   *
   * @param candidate a user or group that may take it
   */
  record HumanTaskFilter(
      @Nullable String assignee,
      @Nullable String candidate,
      @Nullable String namespace,
      @Nullable String name) {}

  /**
   * An update.
   *
   * @param key with which it may be sent again, for the same answer; null for none
   * @param atMost how long to wait for the answer
   */
  record UpdateRequest(
      String execution, String name, JsonNode input, @Nullable String key, Duration atMost) {}

  /**
   * A human task.
   *
   * @param task its name
   * @param since when it was opened
   * @param description null in lists, with the form and the input
   * @param form JSON schema of the decision
   * @param input of the task
   * @param revision the log index that it includes
   */
  record HumanTaskView(
      TaskId id,
      String execution,
      String namespace,
      String name,
      String version,
      String task,
      String reference,
      String title,
      @Nullable String description,
      @Nullable String assignee,
      List<String> candidates,
      int priority,
      Instant since,
      @Nullable Instant dueAt,
      @Nullable JsonNode form,
      @Nullable JsonNode input,
      long revision) {}

  /**
   * A decision that was taken.
   *
   * @param replayed whether it had been taken before, under the same key
   */
  record DecisionView(TaskId id, boolean replayed, long revision) {}

  /**
   * An update that was taken.
   *
   * @param task that took it
   * @param answered whether there is an answer yet
   * @param answer null while there is none
   * @param replayed whether it had been taken before, under the same key
   */
  record UpdateView(
      TaskId task, boolean answered, @Nullable JsonNode answer, boolean replayed, long revision) {}

  /** Names of queries in the order of the definition. */
  record QueryNames(List<String> names, long revision) {}

  /** The answer of a query. */
  record QueryView(JsonNode value, long revision) {}
}
