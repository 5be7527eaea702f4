package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.dsl.model.Moments;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.ExecutionFilter;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.http.ExecutionForms.Execution;
import dev.capstan.server.http.ExecutionForms.TaskRun;
import dev.capstan.server.http.ExecutionForms.Workflow;
import dev.capstan.server.http.json.Described;
import dev.capstan.server.http.json.Nearest;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Executions: start, list, show, and what may be asked of a running one. */
final class ExecutionOperations {
  private static final String TAG = "executions";
  private static final Parameter ID = Parameter.path("id", "Id of the execution");
  private static final Parameter WAIT =
      Parameter.query(
          "wait",
          Parameter.Kind.DURATION,
          "Answer when it has ended, or after this time, such as 30s");

  private final Gateway gateway;

  ExecutionOperations(Gateway gateway) {
    this.gateway = gateway;
  }

  @Described("What to run: a deployed workflow or a definition, not both")
  record StartExecution(
      @Nullable Workflow workflow,
      @Described(
              "Text of a definition (YAML or JSON), or the definition as an object; for one-off runs")
          @Nullable JsonNode definition,
      @Described("Without it an empty object") @Nullable JsonNode input,
      @Described("Letters, digits and . _ : -, at most 128; without it the engine makes one")
          @Nullable String id,
      @Nullable Map<String, String> labels,
      @Described("When it times out at last (RFC 3339), such as 2026-11-22T10:15:30Z")
          @Nullable String deadline) {}

  record ExecutionList(List<Execution> executions, @Nullable String next) {}

  record TaskRunList(List<TaskRun> tasks) {}

  @Described("Why it is asked for; goes into history and audit")
  record Reason(@Nullable String reason) {}

  List<Operation> operations() {
    return List.of(
        start(),
        list(),
        show(),
        tasks(),
        change("cancel", "cancelExecution", "Ends an execution", gateway::cancel),
        change(
            "suspend",
            "suspendExecution",
            "Lets nothing new start in an execution",
            gateway::suspend),
        change(
            "resume",
            "resumeExecution",
            "Lets a suspended execution go on",
            (p, id, why) -> gateway.resume(p, id)),
        change(
            "retry",
            "retryExecution",
            "Lets a faulted execution go on with the tasks that faulted",
            (p, id, why) -> gateway.retry(p, id)));
  }

  private Operation start() {
    return Operation.post("/v1/executions", "startExecution")
        .reach(Reach.NEW)
        .tag(TAG, Permissions.EXECUTIONS_START)
        .summary("Starts an execution; the answer comes when the start is durable")
        .with(
            Parameter.query(
                "inline",
                Parameter.Kind.FLAG,
                "The body has a definition instead of naming a workflow"))
        .with(WAIT)
        .with(
            Parameter.header(
                "Idempotency-Key",
                "The same key with an equal request answers the same execution, for 24 hours at least"))
        .takes(StartExecution.class)
        .gives(200, "It had been started before (Idempotency-Replayed: true)", Execution.class)
        .gives(201, "It is started", Execution.class)
        .watches()
        .handledBy(this::start);
  }

  private Operation list() {
    return Operation.get("/v1/executions", "listExecutions")
        .reach(Reach.ALL)
        .tag(TAG, Permissions.EXECUTIONS_READ)
        .summary("Lists executions, latest start first")
        .with(
            Parameter.query(
                "status", Parameter.Kind.TEXT, "Only with this status, such as running"))
        .with(
            Parameter.query(
                "workflow", Parameter.Kind.TEXT, "Only of this workflow: name or namespace/name"))
        .with(Parameter.query("namespace", Parameter.Kind.TEXT, "Only of this namespace"))
        .with(
            Parameter.repeated(
                "label", "Only with this label: name=value; may be given more than once"))
        .with(
            Parameter.query(
                "startedBefore", Parameter.Kind.TEXT, "Only started before this time (RFC 3339)"))
        .paged()
        .gives(200, "A page", ExecutionList.class)
        .handledBy(this::list);
  }

  private Operation show() {
    return Operation.get("/v1/executions/{id}", "getExecution")
        .reach(Reach.EXECUTION)
        .tag(TAG, Permissions.EXECUTIONS_READ)
        .summary("Shows an execution, at once or when it has ended")
        .with(ID)
        .with(WAIT)
        .gives(200, "The execution", Execution.class)
        .watches()
        .handledBy(this::show);
  }

  private Operation tasks() {
    return Operation.get("/v1/executions/{id}/tasks", "listTasks")
        .reach(Reach.EXECUTION)
        .tag(TAG, Permissions.EXECUTIONS_READ)
        .summary("Lists the tasks of an execution that are alive, with the reason why they wait")
        .with(ID)
        .gives(200, "The tasks", TaskRunList.class)
        .handledBy(call -> {
          ExecutionView view = gateway.execution(call.principal(), call.path("id"));
          return Answer.json(200, new TaskRunList(view.tasks().stream().map(TaskRun::of).toList()))
              .asOf(view.revision());
        });
  }

  /** Something that may be asked of an execution. */
  private interface Change {
    CompletableFuture<ExecutionView> ask(
        dev.capstan.server.gateway.Principal principal, String id, @Nullable String reason);
  }

  private static Operation change(String verb, String operation, String summary, Change change) {
    return Operation.post("/v1/executions/{id}/" + verb, operation)
        .reach(Reach.EXECUTION)
        .tag(TAG, Permissions.EXECUTIONS_CONTROL)
        .summary(summary)
        .with(ID)
        .mayTake(Reason.class)
        .gives(200, "The execution afterwards", Execution.class)
        .handledBy(call -> {
          Reason body = call.bodyIfAny(Reason.class);
          String reason = body == null ? null : body.reason();
          return answer(200, call.await(change.ask(call.principal(), call.path("id"), reason)));
        });
  }

  private Answer start(Call call) throws InterruptedException {
    StartExecution body = call.body(StartExecution.class);
    Duration wait = call.maxWait();
    StartRequest request = request(body, call.query().flag("inline"), call.idempotencyKey());
    return started(call, gateway, request, wait);
  }

  /** Starts, waits if asked to, and answers with the place of the execution. */
  static Answer started(Call call, Gateway gateway, StartRequest request, @Nullable Duration wait)
      throws InterruptedException {
    ExecutionView view = call.await(gateway.start(call.principal(), request));
    boolean replayed = view.replayed();
    if (wait != null && !view.status().hasEnded()) {
      view = latest(call, gateway, view, wait);
    }
    Answer.Whole answer =
        answer(replayed ? 200 : 201, view)
            .with("Location", "/v1/executions/" + Wire.segment(view.id()));
    return replayed ? answer.with("Idempotency-Replayed", "true") : answer;
  }

  /** Whatever becomes of the waiting, the execution is started, and that is what is answered. */
  private static ExecutionView latest(
      Call call, Gateway gateway, ExecutionView started, Duration wait)
      throws InterruptedException {
    try {
      return call.await(gateway.await(call.principal(), started.id(), wait), wait);
    } catch (Refusal _) {
      return started;
    }
  }

  private static StartRequest request(StartExecution body, boolean inline, @Nullable String key) {
    Workflow workflow = body.workflow();
    JsonNode definition = body.definition();
    if ((workflow == null) == (definition == null)) {
      throw invalid(
          "the body needs either \"workflow\" or \"definition\"",
          "\"workflow\": {\"namespace\", \"name\"} runs a deployed one; \"definition\" runs its text once");
    }
    if (inline && definition == null) {
      throw invalid("?inline needs \"definition\" in the body", null);
    }
    JsonNode input = body.input();
    return new StartRequest(
        definition == null
            ? null
            : definition.isTextual() ? definition.textValue() : definition.toString(),
        workflow == null ? null : workflow.namespace(),
        workflow == null ? null : workflow.name(),
        workflow == null ? null : workflow.version(),
        input == null ? JsonNodeFactory.instance.objectNode() : input,
        body.id(),
        key,
        body.labels() == null ? Map.of() : body.labels(),
        deadline(body.deadline()));
  }

  private static @Nullable Instant deadline(@Nullable String text) {
    Instant deadline = text == null ? null : Moments.parse(text);
    if (text != null && deadline == null) {
      throw invalid("\"" + text + "\" is no time for \"deadline\"", "such as 2026-11-22T10:15:30Z");
    }
    return deadline;
  }

  private Answer list(Call call) {
    Query query = call.query();
    String workflow = query.text("workflow");
    int slash = workflow == null ? -1 : workflow.indexOf('/');
    String name = workflow == null ? null : workflow.substring(slash + 1);
    String namespace =
        workflow != null && slash >= 0 ? workflow.substring(0, slash) : query.text("namespace");
    ExecutionFilter filter =
        new ExecutionFilter(
            status(query), namespace, name, labels(query), time(query, "startedBefore"));
    Page<ExecutionView> page =
        gateway.executions(call.principal(), filter, call.limit(), call.cursor());
    List<Execution> items = page.items().stream().map(Execution::listed).toList();
    return Wire.page(call, page, new ExecutionList(items, page.next()));
  }

  private Answer show(Call call) throws InterruptedException {
    Duration wait = call.maxWait();
    String id = call.path("id");
    ExecutionView view =
        wait == null
            ? gateway.execution(call.principal(), id)
            : call.await(gateway.await(call.principal(), id, wait), wait);
    return answer(200, view);
  }

  private static Answer.Whole answer(int status, ExecutionView view) {
    return Answer.json(status, Execution.of(view)).asOf(view.revision());
  }

  private static @Nullable Status status(Query query) {
    String word = query.text("status");
    if (word == null) {
      return null;
    }
    List<String> words = Stream.of(Status.values()).map(Status::word).toList();
    for (Status status : Status.values()) {
      if (status.word().equals(word)) {
        return status;
      }
    }
    String nearest = Nearest.to(word, words);
    throw invalid(
        "\"" + word + "\" is no status",
        (nearest == null ? "" : "did you mean \"" + nearest + "\"? ")
            + "one of "
            + String.join(", ", words));
  }

  private static Map<String, String> labels(Query query) {
    Map<String, String> labels = new LinkedHashMap<>();
    for (String label : query.all("label")) {
      int equal = label.indexOf('=');
      if (equal <= 0) {
        throw invalid("\"" + label + "\" is no label", "name=value, such as label=team=billing");
      }
      labels.put(label.substring(0, equal), label.substring(equal + 1));
    }
    return labels;
  }

  private static @Nullable Instant time(Query query, String name) {
    String text = query.text(name);
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw invalid(
          "\"" + text + "\" is no time for \"" + name + "\"", "such as 2026-11-22T10:15:30Z");
    }
  }

  private static Refusal invalid(String message, @Nullable String hint) {
    return new Refusal(Refusal.Code.INVALID_REQUEST, message, hint);
  }
}
