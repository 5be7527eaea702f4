package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.SchemaFetch;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.SchemaLoader;
import dev.capstan.dsl.compile.CanonicalJson;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.DataSchema;
import dev.capstan.dsl.model.Export;
import dev.capstan.dsl.model.ExternalSchema;
import dev.capstan.dsl.model.Input;
import dev.capstan.dsl.model.Output;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Schemas that stand elsewhere (specification: External Resource). A node fetches them, as a plain
 * {@code call:http} would be, before the task that needs them begins: those of its input, output
 * and context, one after the other. Those of the workflow itself are fetched before its first task.
 * A document becomes part of the history, so that a resource is fetched once an execution, and
 * means the same wherever it is named.
 *
 * <p>Where the schema of an input is not known yet, what follows from the input (its
 * transformation, timeouts, extensions) is evaluated all the same when the flow comes to the task,
 * and what fails then is kept as a doubt: an input that breaks its schema is the reason that
 * counts.
 */
final class SchemaFetching {
  private final Turn turn;
  private final Execution execution;
  private final Interpreter interpreter;
  private final Settings settings;

  SchemaFetching(Turn turn, Interpreter interpreter, Settings settings) {
    this.turn = turn;
    this.execution = turn.execution();
    this.interpreter = interpreter;
    this.settings = settings;
  }

  /** Whether a run waits for a node, be it to run the task or to fetch a schema first. */
  static boolean waitsForNode(Execution execution, TaskRun run) {
    return run.status() == Status.PENDING
        && (Calls.runsOnNode(run.task()) || execution.missingSchema(run) != null);
  }

  /** Whether raw input can't be checked yet. */
  boolean isUnknown(Input input) {
    return input.schema() instanceof ExternalSchema schema
        && execution.schemas().known(schema, null) == null;
  }

  /** Input before there is a run: a schema that is not known yet is applied by {@link #prepare}. */
  JsonNode input(Input input, JsonNode raw, Scope scope, String reference) {
    Input entry =
        input.schema() instanceof ExternalSchema schema
            ? new Input(execution.schemas().known(schema, null), input.from())
            : input;
    return DataFlow.input(entry, raw, scope, reference);
  }

  /** As {@link DataFlow#output}, with what has come for the schema. */
  JsonNode output(TaskRun run, Output output, JsonNode raw, Scope scope) {
    Output known =
        output.schema() instanceof ExternalSchema schema
            ? new Output(known(run, schema), output.as())
            : output;
    String reference = run.parent() == null ? "/output" : run.reference();
    return DataFlow.output(known, raw, scope, reference);
  }

  /** As {@link DataFlow#export}, with what has come for the schema. */
  @Nullable JsonNode export(TaskRun run, Export export, JsonNode output, Scope scope) {
    Export known =
        export.as() != null && export.schema() instanceof ExternalSchema schema
            ? new Export(known(run, schema), export.as())
            : export;
    return DataFlow.export(known, output, scope, run.reference());
  }

  private DataSchema known(TaskRun run, ExternalSchema schema) {
    DataSchema known = execution.schemas().known(schema, run);
    if (known == null) {
      throw new TaskFailure(
          ErrorType.CONFIGURATION,
          "the schema was not fetched before the task began",
          schema.reference());
    }
    return known;
  }

  /**
   * Makes a run ready to begin.
   *
   * @return false if a schema has to be fetched first
   * @throws TaskFailure if the raw input breaks its schema, or something else is in the way
   */
  boolean prepare(TaskRun run) {
    for (ExternalSchema missing = execution.missingSchema(run);
        missing != null;
        missing = execution.missingSchema(run)) {
      if (!missing.equals(input(run).schema())) {
        verify(run);
      }
      if (missing.resource() != null || !takesKnown(run, missing)) {
        refuseTooMany(missing.reference());
        interpreter.waiting().timers(run, (key, at) -> turn.effect(new Effect.ArmTimer(key, at)));
        turn.effect(
            new Effect.Enqueue(run.id(), Fetching.KIND, JsonNodeFactory.instance.objectNode()));
        return false;
      }
    }
    verify(run);
    return true;
  }

  /** Takes the schema at a URI that is computed from what another task has fetched. */
  private boolean takesKnown(TaskRun run, ExternalSchema schema) {
    String resource = resource(schema, endpoint(run, schema));
    if (!execution.schemas().has(resource)) {
      return false;
    }
    turn.record(
        new Event.SchemaFetched(run.id(), new SchemaFetch(schema.reference(), resource), null));
    return true;
  }

  private void verify(TaskRun run) {
    DataSchema schema = input(run).schema();
    if (run.isUnchecked() && schema != null) {
      boolean isRoot = run.parent() == null;
      DataFlow.input(
          new Input(
              schema instanceof ExternalSchema external ? known(run, external) : schema, null),
          isRoot ? execution.rawInput() : run.rawInput(),
          interpreter.scopes().of(run),
          isRoot ? "/input" : run.reference());
    }
    WorkflowError doubt = run.doubt();
    if (doubt != null) {
      throw new TaskFailure(doubt);
    }
  }

  private Input input(TaskRun run) {
    return run.parent() == null ? execution.definition().input() : run.task().header().input();
  }

  /** Hands the fetching of the schema that is missing to a node. */
  void assign(TaskRun run, ExternalSchema schema, Command.Assign assign) {
    try {
      ObjectNode endpoint = endpoint(run, schema);
      SchemaFetch fetch = new SchemaFetch(schema.reference(), resource(schema, endpoint));
      interpreter.releases().stopWaiting(run);
      if (execution.schemas().has(fetch.resource())) {
        turn.record(new Event.SchemaFetched(run.id(), fetch, null));
        turn.next(new Step.Begin(run.id()));
        return;
      }
      int attempt = Math.max(run.attempt(), 1);
      turn.record(new Event.TaskStarted(run.id(), attempt, assign.node(), assign.epoch(), fetch));
      turn.effect(
          new Effect.Dispatch(
              new AttemptToken(execution.id(), run.id(), attempt, assign.epoch()),
              assign.node(),
              Fetching.KIND,
              schema.name(),
              schema.reference(),
              Fetching.arguments(endpoint),
              idempotencyKey(run, schema),
              run.nearestDeadline(execution.deadline()),
              false));
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
    }
  }

  /** The same for every attempt, wherever the task stands by then. */
  private String idempotencyKey(TaskRun run, ExternalSchema schema) {
    String inTask = schema.reference().substring(run.reference().length());
    return execution.id() + "/" + run.id() + inTask;
  }

  private ObjectNode endpoint(TaskRun run, ExternalSchema schema) {
    return at(
        schema.reference(),
        () -> {
          Calls calls = new Calls(execution, settings, run, interpreter.scopes().of(run));
          ObjectNode endpoint = calls.endpoint(schema.endpoint());
          String uri = endpoint.path("uri").asText().toLowerCase(Locale.ROOT);
          if (!uri.startsWith("http://") && !uri.startsWith("https://")) {
            throw new TaskFailure(
                ErrorType.CONFIGURATION,
                "the URI of the schema is not one of a web server",
                schema.reference());
          }
          return endpoint;
        });
  }

  private static String resource(ExternalSchema schema, ObjectNode endpoint) {
    String resource = schema.resource();
    return resource != null
        ? resource
        : CanonicalJson.hash(TextNode.valueOf(endpoint.path("uri").asText()));
  }

  /** Takes what a node has fetched, in base 64; an error if it is no schema. */
  void fetched(TaskRun run, SchemaFetch fetch, JsonNode content) {
    try {
      JsonNode document = null;
      if (!execution.schemas().has(fetch.resource())) {
        refuseTooMany(fetch.reference());
        document = document(fetch, content);
      }
      take(run, fetch, document);
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
    }
  }

  /** A node could not fetch it, which is no matter if another one could. */
  void failed(TaskRun run, SchemaFetch fetch, WorkflowError error) {
    if (execution.schemas().has(fetch.resource())) {
      take(run, fetch, null);
    } else {
      String why = error.detail() == null ? "" : ": " + error.detail();
      interpreter
          .faults()
          .fault(
              run,
              new WorkflowError(
                  error.type(),
                  error.status(),
                  error.title(),
                  "the schema can't be fetched" + why,
                  fetch.reference()));
    }
  }

  private void take(TaskRun run, SchemaFetch fetch, @Nullable JsonNode document) {
    List<TaskRun> others = document == null ? List.of() : othersThatWait(run, fetch.resource());
    turn.record(new Event.SchemaFetched(run.id(), fetch, document));
    turn.later(new Step.Begin(run.id()));
    for (TaskRun other : others) {
      interpreter.releases().stopWaiting(other);
      turn.effect(new Effect.Withdraw(other.id()));
      turn.later(new Step.Begin(other.id()));
    }
  }

  private List<TaskRun> othersThatWait(TaskRun run, String resource) {
    return execution.runs().stream()
        .filter(other -> other.id() != run.id() && other.status() == Status.PENDING)
        .filter(other -> {
          ExternalSchema missing = execution.missingSchema(other);
          return missing != null && resource.equals(missing.resource());
        })
        .toList();
  }

  private static JsonNode document(SchemaFetch fetch, JsonNode content) {
    return switch (SchemaLoader.load(Fetching.text(content))) {
      case SchemaLoader.Result.Loaded loaded -> loaded.document();
      case SchemaLoader.Result.Rejected rejected ->
          throw new TaskFailure(
              ErrorType.CONFIGURATION,
              "what was fetched is not a valid JSON schema: " + rejected.problem(),
              fetch.reference());
    };
  }

  /** Gives up what the root may still have fetched: it ends with its execution, by no event. */
  void abandonRoot(String reason) {
    TaskRun root = execution.root();
    if (root.fetching() != null || root.status() == Status.PENDING) {
      interpreter.releases().abandon(root, reason);
      turn.effect(new Effect.Withdraw(root.id()));
    }
  }

  private void refuseTooMany(String reference) {
    if (execution.schemas().count() >= Fetching.MOST) {
      throw new TaskFailure(
          ErrorType.CONFIGURATION,
          "an execution fetches at most " + Fetching.MOST + " schemas",
          reference);
    }
  }

  /** What goes wrong with an endpoint goes wrong there. */
  private static <T> T at(String reference, Supplier<T> work) {
    try {
      return work.get();
    } catch (TaskFailure e) {
      WorkflowError error = e.error();
      throw new TaskFailure(
          new WorkflowError(
              error.type(), error.status(), error.title(), error.detail(), reference));
    }
  }
}
