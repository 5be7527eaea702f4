package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.decision.Interacting;
import dev.capstan.core.decision.Queries;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.HumanTask;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.ExpressionException;
import dev.capstan.dsl.model.Interaction;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Interactions;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.UpdateAnswer;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.partition.HumanTaskIndex;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.Said;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What people and programs say to the executions of one partition, and ask of them. */
final class EngineInteractions implements Interactions {
  private final Gateway gateway;
  private final Parts parts;

  /**
   * @param applied index of the last change that the replica here has applied
   * @param ids makes ids that were never used
   */
  record Parts(
      PartitionRequests partition,
      PartitionReader reader,
      HumanTaskIndex index,
      Queries queries,
      Redaction redaction,
      RequestChecks checks,
      LongSupplier applied,
      Supplier<String> ids) {}

  EngineInteractions(Gateway gateway, Parts parts) {
    this.gateway = gateway;
    this.parts = parts;
  }

  @Override
  public Page<HumanTaskView> humanTasks(
      Principal principal, HumanTaskFilter filter, int limit, @Nullable String cursor) {
    HumanTaskIndex.Filter wanted =
        new HumanTaskIndex.Filter(
            filter.assignee(), filter.candidate(), filter.namespace(), filter.name());
    parts.checks().person(filter.assignee());
    parts.checks().person(filter.candidate());
    try {
      HumanTaskIndex.Listing page = parts.index().list(wanted, parts.checks().limit(limit), cursor);
      return new Page<>(
          page.tasks().stream().map(task -> listed(task, page.revision())).toList(),
          page.next(),
          page.revision());
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "The cursor is none of this list",
          "Begin without a cursor");
    }
  }

  private HumanTaskView listed(HumanTaskIndex.Open open, long revision) {
    return view(
        new TaskId(open.execution(), open.run()),
        open.workflow(),
        open.name(),
        open.reference(),
        open.since(),
        open.asked(),
        null,
        null,
        revision);
  }

  private HumanTaskView view(
      TaskId id,
      WorkflowReference workflow,
      String task,
      String reference,
      Instant since,
      HumanTask asked,
      @Nullable JsonNode form,
      @Nullable JsonNode input,
      long revision) {
    Redaction redaction = parts.redaction();
    return new HumanTaskView(
        id,
        id.execution(),
        workflow.namespace(),
        workflow.name(),
        workflow.version(),
        task,
        reference,
        redaction.hide(asked.title()),
        redaction.hideOrNull(asked.description()),
        redaction.hideOrNull(asked.assignee()),
        asked.candidates().stream().map(redaction::hide).toList(),
        asked.priority(),
        since,
        asked.dueAt(),
        form,
        redaction.hide(input),
        revision);
  }

  @Override
  public HumanTaskView humanTask(Principal principal, TaskId task) {
    long revision = parts.applied().getAsLong();
    Execution execution = execution(task.execution());
    TaskRun run = execution.status().hasEnded() ? null : execution.run(task.run());
    if (run == null
        || !(Interacting.of(run) instanceof Interaction.Human human)
        || !(run.progress() instanceof Progress.Listening listening)
        || listening.human() == null) {
      throw new Refusal(
          Refusal.Code.NOT_FOUND,
          "There is no open human task " + task,
          "capstan human-tasks lists those that are open");
    }
    return view(
        task,
        Objects.requireNonNull(execution.workflow()),
        run.task().name(),
        run.reference(),
        run.startedAt() == null ? run.createdAt() : run.startedAt(),
        listening.human(),
        human.form(),
        run.input(),
        revision);
  }

  private Execution execution(String id) {
    parts.checks().id(id);
    Execution execution = parts.reader().replay(id);
    if (execution == null) {
      throw new Refusal(
          Refusal.Code.NOT_FOUND,
          "There is no execution " + id,
          "capstan list shows what there is");
    }
    return execution;
  }

  @Override
  public CompletableFuture<DecisionView> complete(
      Principal principal, TaskId task, JsonNode decision, @Nullable String key) {
    parts.checks().id(task.execution());
    parts.checks().payload(decision, "the decision");
    String id = id(key, "human-task " + task.run());
    return parts
        .partition()
        .say(new Said.Decided(task.execution(), task.run(), id, decision, principal.name()))
        .thenApply(heard -> new DecisionView(task, heard.before(), heard.revision()));
  }

  /**
   * The same for the same key, so that what is sent again is known; one key may be used for several
   * things.
   */
  private String id(@Nullable String key, String what) {
    parts.checks().key(key);
    return key == null ? parts.ids().get() : what + " " + key;
  }

  @Override
  public CompletableFuture<HumanTaskView> assign(
      Principal principal, TaskId task, @Nullable String assignee) {
    parts.checks().id(task.execution());
    parts.checks().person(assignee);
    return parts
        .partition()
        .say(new Said.Assigned(task.execution(), task.run(), assignee, principal.name()))
        .thenApply(_ -> humanTask(principal, task));
  }

  @Override
  public CompletableFuture<UpdateView> update(Principal principal, UpdateRequest request) {
    parts.checks().id(request.execution());
    parts.checks().payload(request.input(), "the update");
    String id = id(request.key(), "update " + request.name());
    return parts
        .partition()
        .say(
            new Said.Updated(
                request.execution(), request.name(), id, request.input(), principal.name()))
        .thenCompose(heard -> answer(principal, request, heard));
  }

  private CompletableFuture<UpdateView> answer(
      Principal principal, UpdateRequest request, Said.Heard heard) {
    TaskId task = new TaskId(request.execution(), heard.run());
    return UpdateAnswer.of(gateway, principal, task, heard.index(), heard.ahead(), request.atMost())
        .thenApply((@Nullable JsonNode answer) ->
            new UpdateView(task, answer != null, answer, heard.before(), heard.revision()));
  }

  @Override
  public QueryNames queries(Principal principal, String execution) {
    long revision = parts.applied().getAsLong();
    return new QueryNames(
        List.copyOf(execution(execution).definition().queries().keySet()), revision);
  }

  @Override
  public QueryView query(Principal principal, String execution, String name) {
    long revision = parts.applied().getAsLong();
    Execution state = execution(execution);
    Expression query = state.definition().queries().get(name);
    if (query == null) {
      Set<String> names = state.definition().queries().keySet();
      throw new Refusal(
          Refusal.Code.NOT_FOUND,
          "The definition of execution " + execution + " has no query \"" + name + "\"",
          names.isEmpty() ? "It has none at all" : "It has: " + String.join(", ", names));
    }
    try {
      JsonNode value = parts.redaction().hide(parts.queries().answer(state, query));
      return new QueryView(value == null ? NullNode.getInstance() : value, revision);
    } catch (ExpressionException e) {
      throw new Refusal(
          Refusal.Code.QUERY_FAILED,
          "The query \"" + name + "\" failed: " + parts.redaction().hideOrNull(e.getMessage()),
          "Its expression is evaluated on $context, which is an empty object at first");
    }
  }
}
