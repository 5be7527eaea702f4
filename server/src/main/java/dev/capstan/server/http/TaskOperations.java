package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.FirstDispatch;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.SingleTask;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.TaskDispatchView;
import dev.capstan.server.gateway.Views.TaskExplanation;
import dev.capstan.server.http.ExecutionForms.Execution;
import dev.capstan.server.http.json.Described;
import dev.capstan.server.http.json.Pointers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tasks by themselves: one without a workflow is run with a definition put around it, and any task
 * explains where it is.
 */
final class TaskOperations {
  private static final Duration DISPATCHED_WITHIN = Duration.ofSeconds(10);

  private final Gateway gateway;

  TaskOperations(Gateway gateway) {
    this.gateway = gateway;
  }

  @Described("One task to run")
  record StartTask(
      @Described("A call or run task as in a definition") JsonNode task,
      @Described("Name of the task, \"task\" without it") @Nullable String name,
      @Described("Without it an empty object") @Nullable JsonNode input,
      @Described("Id of the execution; without it the engine makes one") @Nullable String id,
      @Nullable Map<String, String> labels) {}

  @Described("Why a task is where it is, or why it waits")
  record Explanation(
      String id,
      @Described("Id of the execution") String execution,
      String name,
      @Described("JSON pointer of the task in the definition") String reference,
      Status status,
      @Described("0 before the first") int attempt,
      @Described("The node that has it, or had it last") @Nullable String node,
      @Described("Since when it is so") Instant since,
      @Described(
              "One sentence, such as: needs label gpu=true: 0 of 12 nodes with kind run:shell have it")
          String reason,
      @Described("metadata.capstan of the task") @Nullable JsonNode wants) {

    static Explanation of(TaskExplanation view) {
      return new Explanation(
          view.id().toString(),
          view.execution(),
          view.name(),
          view.reference(),
          view.status(),
          view.attempt(),
          view.node(),
          view.since(),
          view.reason(),
          view.wants());
    }
  }

  @Described("Where a task is")
  record Dispatch(
      @Described("Id of the execution that runs the task") String execution,
      @Nullable String task,
      @Described("The node that has it; none while it waits for one") @Nullable String node,
      @Nullable Integer attempt,
      @Described("When the node got it") @Nullable Instant at) {

    static Dispatch of(TaskDispatchView view) {
      return new Dispatch(view.execution(), view.task(), view.node(), view.attempt(), view.at());
    }
  }

  List<Operation> operations() {
    return List.of(
        Operation.post("/v1/tasks", "startTask")
            .reach(Reach.NEW)
            .tag("tasks", Permissions.EXECUTIONS_START)
            .summary("Runs one task without a workflow, as durably as in one")
            .with(
                Parameter.query(
                    "wait",
                    Parameter.Kind.DURATION,
                    "Answer when it has ended, or after this time, such as 30s"))
            .with(
                Parameter.header(
                    "Idempotency-Key",
                    "The same key with an equal request answers the same execution"))
            .takes(StartTask.class)
            .gives(200, "It had been started before (Idempotency-Replayed: true)", Execution.class)
            .gives(201, "The execution that runs the task", Execution.class)
            .watches()
            .handledBy(call -> inTermsOfTheTask(call, this::start)),
        Operation.post("/v1/dispatches", "dispatchTask")
            .reach(Reach.NEW)
            .tag("tasks", Permissions.EXECUTIONS_START)
            .summary(
                "Runs one task without a workflow, and answers when a node has it: the task goes on")
            .with(
                Parameter.query(
                    "wait",
                    Parameter.Kind.DURATION,
                    "Answer after this time though no node has it; 10s without it"))
            .with(
                Parameter.header(
                    "Idempotency-Key",
                    "The same key with an equal request answers the same execution"))
            .takes(StartTask.class)
            .gives(200, "Where the task is", Dispatch.class)
            .watches()
            .handledBy(call -> inTermsOfTheTask(call, this::dispatch)),
        Operation.get("/v1/tasks/{id}/explanation", "explainTask")
            .reach(Reach.TASK)
            .tag("tasks", Permissions.EXECUTIONS_READ)
            .summary("Says why a task is where it is, or why it waits, and since when")
            .with(
                Parameter.path(
                    "id", "Id of the task as lists of tasks and histories have it: order-17:4"))
            .gives(200, "The explanation", Explanation.class)
            .handledBy(this::explain));
  }

  private Answer explain(Call call) {
    TaskId task = TaskId.of(call.path("id"));
    return Answer.json(200, Explanation.of(gateway.explain(call.principal(), task)));
  }

  private Answer start(Call call, StartRequest request) throws InterruptedException {
    return ExecutionOperations.started(call, gateway, request, call.maxWait());
  }

  private Answer dispatch(Call call, StartRequest request) throws InterruptedException {
    String id = call.await(gateway.start(call.principal(), request)).id();
    Duration wait = Objects.requireNonNullElse(call.maxWait(), DISPATCHED_WITHIN);
    TaskDispatchView view = call.await(FirstDispatch.of(gateway, call.principal(), id, wait), wait);
    return Answer.json(200, Dispatch.of(view));
  }

  /** What is done with the start of a task. */
  private interface Step {
    Answer take(Call call, StartRequest request) throws InterruptedException;
  }

  private static Answer inTermsOfTheTask(Call call, Step step) throws InterruptedException {
    StartTask body = call.body(StartTask.class);
    JsonNode input = body.input();
    StartRequest request =
        SingleTask.start(
            body.name(),
            body.task(),
            input == null ? JsonNodeFactory.instance.objectNode() : input,
            body.id(),
            call.idempotencyKey(),
            body.labels() == null ? Map.of() : body.labels());
    try {
      return step.take(call, request);
    } catch (Refusal e) {
      throw inTermsOfTheTask(e, body.name() == null ? SingleTask.NAME : body.name());
    }
  }

  /**
   * The sender knows the task, not what was put around it: pointers begin at the body's own
   * members, and there are no lines.
   */
  private static Refusal inTermsOfTheTask(Refusal refusal, String name) {
    String prefix = "/do/0/" + Pointers.escape(name);
    List<Refusal.Detail> details =
        refusal.details().stream()
            .map(d ->
                new Refusal.Detail(
                    d.code(),
                    d.pointer().startsWith(prefix)
                        ? "/task" + d.pointer().substring(prefix.length())
                        : d.pointer(),
                    0,
                    0,
                    d.message(),
                    d.hint()))
            .toList();
    String message = String.valueOf(refusal.getMessage());
    return new Refusal(refusal.code(), message, refusal.hint(), refusal.retryAfter(), details);
  }
}
