package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.ExecutionForms.Execution;
import dev.capstan.server.http.json.Described;
import dev.capstan.server.http.json.Pointers;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Single tasks without a workflow: a definition is put around the task and run once. */
final class TaskOperations {
  private static final String NAMESPACE = "tasks";
  private static final String DEFAULT_NAME = "task";

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

  List<Operation> operations() {
    return List.of(
        Operation.post("/v1/tasks", "startTask")
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
            .handledBy(this::start));
  }

  private Answer start(Call call) throws InterruptedException {
    StartTask body = call.body(StartTask.class);
    String name = body.name() == null ? DEFAULT_NAME : body.name();
    if (!body.task().has("call") && !body.task().has("run")) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "\"/task\" is neither a call nor a run task",
          "such as {\"call\": \"http\", \"with\": {...}}; for anything else start a definition inline");
    }
    JsonNode input = body.input();
    StartRequest request =
        new StartRequest(
            definition(name, body.task()).toString(),
            null,
            null,
            null,
            input == null ? JsonNodeFactory.instance.objectNode() : input,
            body.id(),
            call.idempotencyKey(),
            body.labels() == null ? Map.of() : body.labels());
    try {
      return ExecutionOperations.started(call, gateway, request, call.maxWait());
    } catch (Refusal e) {
      throw inTermsOfTheTask(e, name);
    }
  }

  private static ObjectNode definition(String name, JsonNode task) {
    ObjectNode definition = JsonNodeFactory.instance.objectNode();
    definition
        .putObject("document")
        .put("dsl", "1.0.3")
        .put("namespace", NAMESPACE)
        .put("name", DEFAULT_NAME)
        .put("version", "1.0.0");
    definition.putArray("do").addObject().set(name, task);
    return definition;
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
