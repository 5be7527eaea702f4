package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.FunctionLoader;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.CatalogEntry;
import dev.capstan.dsl.model.FunctionSource;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskList;

/**
 * Calls of functions that are tasks (specification: Creating a Custom Function). The function's
 * task runs inside the call: {@code with} is its raw input, its output is the call's raw output.
 *
 * <p>A function that the definition does not hold is fetched by a node, as a plain {@code
 * call:http} would be, when the flow first comes to a call of it. Its document becomes part of the
 * history, so that it is fetched once an execution, and all calls of it mean the same.
 */
final class FunctionCalls {
  private static final int DEEPEST = 50;

  private final Turn turn;
  private final Execution execution;
  private final Interpreter interpreter;
  private final Settings settings;

  FunctionCalls(Turn turn, Interpreter interpreter, Settings settings) {
    this.turn = turn;
    this.execution = turn.execution();
    this.interpreter = interpreter;
    this.settings = settings;
  }

  /** Calls a function, or has it fetched first. */
  void start(TaskRun run, Task.CallFunction call) {
    refuseRecursion(run, call);
    TaskList body = execution.function(call.function());
    if (body == null) {
      refuseTooMany(run);
      interpreter.enqueue(run, Fetching.KIND);
      return;
    }
    JsonNode arguments =
        interpreter.evaluate(run, scope -> call.with().evaluate(run.input(), scope));
    interpreter.releases().stopWaiting(run);
    turn.record(new Event.FunctionCalled(run.id(), arguments));
    turn.next(new Step.Enter(run.id(), body, 0, 0));
  }

  /** The function that runs inside a call, which has begun. */
  TaskList body(Task.CallFunction call) {
    TaskList body = execution.function(call.function());
    if (body == null) {
      throw new IllegalStateException("the function " + call.function() + " was called unfetched");
    }
    return body;
  }

  /** Whether a call that waits for a node needs none any more, because another one was first. */
  boolean isKnown(TaskRun run) {
    return run.task() instanceof Task.CallFunction call
        && execution.function(call.function()) != null;
  }

  /** The arguments of the {@code call:http} that fetches a function. */
  JsonNode arguments(TaskRun run, Task.CallFunction call, Scope scope) {
    FunctionSource source = call.source();
    if (source == null) {
      throw new IllegalStateException(run.reference() + " has its function");
    }
    ObjectNode endpoint = new Calls(execution, settings, run, scope).endpoint(source);
    endpoint.put("uri", uri(run, source, endpoint.path("uri").asText()));
    return Fetching.arguments(endpoint);
  }

  private static String uri(TaskRun run, FunctionSource source, String link) {
    CatalogEntry entry = source.entry();
    try {
      return entry == null
          ? RepositoryLinks.document(link)
          : RepositoryLinks.inCatalog(link, entry.path());
    } catch (IllegalArgumentException e) {
      throw new TaskFailure(
          ErrorType.CONFIGURATION,
          "the function can't be fetched: \"" + link + "\" is no URI",
          run.reference());
    }
  }

  /**
   * Takes what a node has fetched, in base 64.
   *
   * @throws TaskFailure when it is no function
   */
  void fetched(TaskRun run, Task.CallFunction call, JsonNode content) {
    JsonNode document = null;
    if (!isKnown(run)) {
      refuseTooMany(run);
      document = document(run, call, content);
    }
    turn.record(new Event.FunctionFetched(run.id(), document));
    turn.next(new Step.Begin(run.id()));
  }

  private static JsonNode document(TaskRun run, Task.CallFunction call, JsonNode content) {
    return switch (FunctionLoader.load(Fetching.text(content), "function.yaml")) {
      case FunctionLoader.Result.Loaded loaded -> loaded.document();
      case FunctionLoader.Result.Rejected rejected ->
          throw new TaskFailure(
              ErrorType.CONFIGURATION,
              call.function() + " is not a valid function: " + rejected.problem(),
              run.reference());
    };
  }

  /** What is written down in a definition was checked before; what is fetched can't have been. */
  private static void refuseRecursion(TaskRun run, Task.CallFunction call) {
    int depth = 0;
    for (TaskRun up = run.parent(); up != null; up = up.parent()) {
      if (up.task() instanceof Task.CallFunction around) {
        depth++;
        if (around.function().equals(call.function())) {
          throw new TaskFailure(
              ErrorType.CONFIGURATION,
              "the function \"" + call.function() + "\" calls itself",
              run.reference());
        }
      }
    }
    if (depth >= DEEPEST) {
      throw new TaskFailure(
          ErrorType.CONFIGURATION,
          "functions call each other more than " + DEEPEST + " levels deep",
          run.reference());
    }
  }

  private void refuseTooMany(TaskRun run) {
    if (execution.fetchedFunctions().size() >= Fetching.MOST) {
      throw new TaskFailure(
          ErrorType.CONFIGURATION,
          "an execution fetches at most " + Fetching.MOST + " functions",
          run.reference());
    }
  }
}
