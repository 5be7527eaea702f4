package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.execution.Undoable;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskHeader;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The runtime arguments of expressions (specification: Runtime Expressions, Arguments). Nothing is
 * built before an expression asks for it.
 */
final class Scopes {
  private final Execution execution;
  private final Settings settings;

  Scopes(Execution execution, Settings settings) {
    this.execution = execution;
    this.settings = settings;
  }

  /**
   * For expressions of a workflow that starts {@code now}; {@code input} is null before it is
   * known.
   */
  Scope starting(JsonNode rawInput, @Nullable JsonNode input, Instant now) {
    return new Scope(
        name ->
            switch (name) {
              case "input" -> input;
              case "workflow" -> workflow(rawInput, now);
              default -> global(name, null);
            },
        settings.expressionLimits());
  }

  /** For the output of a workflow. */
  Scope ending(JsonNode rawOutput) {
    return new Scope(
        name ->
            switch (name) {
              case "input" -> execution.input();
              case "output" -> rawOutput;
              default -> global(name, null);
            },
        settings.expressionLimits());
  }

  /** For those who ask from outside: they see no secrets. */
  Scope querying() {
    return new Scope(
        name ->
            switch (name) {
              case "input" -> execution.input();
              case "secrets" -> JsonNodeFactory.instance.objectNode();
              default -> global(name, null);
            },
        settings.expressionLimits());
  }

  /**
   * For {@code if} and {@code input.from}: inside {@code parent}, before the task, which starts
   * {@code now}, has an input of its own.
   */
  Scope before(TaskRun parent, int iteration, TaskHeader header, JsonNode rawInput, Instant now) {
    return new Scope(
        name -> {
          if ("task".equals(name)) {
            Undoable undone = parent.undoneFor(header.reference());
            if (undone != null) {
              return undone(undone);
            }
            TaskRun extended = parent.extendedFor(header.reference());
            return extended != null ? extended(extended) : task(header, rawInput, null, now);
          }
          JsonNode local = local(name, parent, iteration);
          return local != null ? local : global(name, parent);
        },
        settings.expressionLimits());
  }

  /** For {@code while}: what the loop sees, with the variables of the coming iteration. */
  Scope iteration(TaskRun loop, int iteration) {
    return of(loop).with(name -> defined(name, loop, iteration));
  }

  /**
   * For expressions of a run; {@code rawOutput} and {@code output} are null before they are known.
   */
  Scope of(TaskRun run, @Nullable JsonNode rawOutput, @Nullable JsonNode output) {
    Scope unproven = unproven(run, rawOutput, output);
    Authorizations authorizations = new Authorizations(execution, settings);
    return unproven.with(
        name -> "authorization".equals(name) ? authorizations.of(run, unproven) : null);
  }

  /** What policies see: without {@code $authorization}, which follows from them. */
  private Scope unproven(TaskRun run, @Nullable JsonNode rawOutput, @Nullable JsonNode output) {
    return new Scope(
        name ->
            switch (name) {
              case "input" -> run.input();
              case "output" -> output;
              case "task" -> task(run, rawOutput);
              default -> {
                TaskRun parent = run.parent();
                JsonNode local = parent == null ? null : local(name, parent, run.iteration());
                yield local != null ? local : global(name, parent);
              }
            },
        settings.expressionLimits());
  }

  /** For expressions of a run before it has ended. */
  Scope of(TaskRun run) {
    return of(run, null, null);
  }

  /**
   * Variables that the scopes around a task define: the innermost wins. A function sees none of
   * those who call it.
   */
  private static @Nullable JsonNode local(String name, TaskRun innermost, int innermostIteration) {
    int iteration = innermostIteration;
    for (TaskRun scope = innermost; scope != null; scope = scope.parent()) {
      if (scope.task() instanceof Task.CallFunction) {
        return null;
      }
      WorkflowError undoing = scope.undoing();
      if (undoing != null) {
        return "error".equals(name) ? undoing.toJson() : null;
      }
      JsonNode value = defined(name, scope, iteration);
      if (value != null) {
        return value;
      }
      iteration = scope.iteration();
    }
    return null;
  }

  /** For what becomes of one event or message: what its handler saw. */
  Scope handled(TaskRun run, int index, JsonNode rawOutput, @Nullable JsonNode output) {
    return of(run, rawOutput, output).with(name -> defined(name, run, index));
  }

  private static @Nullable JsonNode defined(String name, TaskRun scope, int iteration) {
    if (scope.task() instanceof Task.For loop) {
      JsonNode items = items(scope.progress());
      if (items != null) {
        return name.equals(loop.each())
            ? items.get(iteration)
            : name.equals(loop.at()) ? IntNode.valueOf(iteration) : null;
      }
    }
    if (scope.task() instanceof Task.Try attempt
        && scope.progress() instanceof Progress.Attempts progress
        && progress.caught() != null) {
      return name.equals(attempt.handler().as()) ? progress.caught().toJson() : null;
    }
    if (scope.task() instanceof Task.Listen listen
        && listen.forEach() != null
        && scope.progress() instanceof Progress.Listening progress
        && iteration < progress.consumed().size()) {
      return name.equals(listen.forEach().item())
          ? Listening.read(progress.consumed().get(iteration), listen.read())
          : name.equals(listen.forEach().at()) ? IntNode.valueOf(iteration) : null;
    }
    if (scope.task() instanceof Task.Subscribe subscribe
        && subscribe.forEach() != null
        && scope.progress() instanceof Progress.Consuming progress
        && iteration < progress.consumed().size()) {
      return name.equals(subscribe.forEach().item())
          ? progress.consumed().get(iteration)
          : name.equals(subscribe.forEach().at()) ? IntNode.valueOf(iteration) : null;
    }
    return null;
  }

  private static @Nullable JsonNode items(Progress progress) {
    return switch (progress) {
      case Progress.Loop loop -> loop.items();
      case Progress.Parallel loop -> loop.items();
      case Progress.Plain _,
          Progress.Branches _,
          Progress.Attempts _,
          Progress.Extending _,
          Progress.Waiting _,
          Progress.Child _,
          Progress.Consuming _,
          Progress.Listening _ ->
          null;
    };
  }

  /** Whether {@code scope} is, or is inside of, the call of a function that was fetched. */
  static boolean isForeign(@Nullable TaskRun scope) {
    for (TaskRun run = scope; run != null; run = run.parent()) {
      if (run.task() instanceof Task.CallFunction call && call.source() != null) {
        return true;
      }
    }
    return false;
  }

  /**
   * What all tasks see. Secrets are for those that the author of the definition wrote: what comes
   * from a catalog gets what it is called with.
   */
  private @Nullable JsonNode global(String name, @Nullable TaskRun around) {
    return switch (name) {
      case "context" -> execution.context();
      case "secrets" -> isForeign(around) ? JsonNodeFactory.instance.objectNode() : secrets();
      case "workflow" -> workflow(execution.rawInput(), execution.startedAt());
      case "runtime" -> settings.runtime();
      default -> null;
    };
  }

  private JsonNode secrets() {
    return new DeclaredSecrets(execution.definition().use().secrets(), settings.secrets());
  }

  private JsonNode workflow(JsonNode rawInput, @Nullable Instant startedAt) {
    ObjectNode descriptor = JsonNodeFactory.instance.objectNode();
    descriptor.put("id", execution.id());
    descriptor.set("definition", execution.definition().source());
    descriptor.set("input", rawInput);
    putTime(descriptor, startedAt);
    return descriptor;
  }

  /**
   * For {@code when} of an extension: the scope of the task that is to be extended, in which {@code
   * $task} has the properties of its definition too.
   */
  static Scope extending(Scope within, TaskHeader header, JsonNode rawInput, Instant now) {
    return within.with(
        name -> "task".equals(name) ? withDefinition(header, rawInput, null, now) : null);
  }

  private static JsonNode task(TaskRun run, @Nullable JsonNode rawOutput) {
    TaskRun parent = run.parent();
    Undoable undone = parent == null ? null : parent.undoneFor(run.reference());
    if (undone != null) {
      return undone(undone);
    }
    TaskRun extended = parent == null ? null : parent.extendedFor(run.reference());
    if (extended != null) {
      return extended(extended);
    }
    TaskRun whole = parent != null && parent.task() instanceof Task.Extended ? parent : run;
    return task(run.task().header(), whole.rawInput(), rawOutput, startOf(run));
  }

  /** What a compensation sees of the task that it undoes. */
  private static JsonNode undone(Undoable undone) {
    return task(undone.task().header(), undone.input(), undone.output(), undone.startedAt());
  }

  /** What an extension sees of the task that it is around. */
  private static JsonNode extended(TaskRun run) {
    JsonNode rawOutput =
        run.progress() instanceof Progress.Extending extending ? extending.result() : null;
    return withDefinition(run.task().header(), run.rawInput(), rawOutput, startOf(run));
  }

  private static JsonNode withDefinition(
      TaskHeader header, JsonNode rawInput, @Nullable JsonNode rawOutput, Instant startedAt) {
    ObjectNode task = JsonNodeFactory.instance.objectNode();
    header.source().properties().forEach(field -> task.set(field.getKey(), field.getValue()));
    return task.setAll(task(header, rawInput, rawOutput, startedAt));
  }

  private static Instant startOf(TaskRun run) {
    return run.startedAt() != null ? run.startedAt() : run.createdAt();
  }

  private static ObjectNode task(
      TaskHeader header, JsonNode rawInput, @Nullable JsonNode rawOutput, Instant startedAt) {
    ObjectNode descriptor = JsonNodeFactory.instance.objectNode();
    descriptor.put("name", header.name());
    descriptor.put("reference", header.reference());
    descriptor.set("definition", header.source());
    descriptor.set("input", rawInput);
    descriptor.set("output", rawOutput);
    putTime(descriptor, startedAt);
    return descriptor;
  }

  private static void putTime(ObjectNode descriptor, @Nullable Instant instant) {
    if (instant == null) {
      return;
    }
    ObjectNode time = descriptor.putObject("startedAt");
    time.put("iso8601", instant.toString());
    time.putObject("epoch")
        .put("seconds", instant.getEpochSecond())
        .put("milliseconds", instant.toEpochMilli());
  }
}
