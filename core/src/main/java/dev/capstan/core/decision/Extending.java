package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.Extension;
import dev.capstan.dsl.model.FlowDirective;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Extensions of tasks (specification: Extensions). A task that extensions apply to is a run that
 * holds other runs: what goes before it, the task itself, what goes after it.
 *
 * <p>Where the specification is silent: extensions lie around a task like shells, the first one
 * declared outermost. What they hand on is dropped, unless a task of theirs says {@code then:
 * exit}: then its output is the raw output of what that extension is around. What an extension
 * runs, functions that it calls included, is not extended; nor are functions that were fetched.
 */
final class Extending {
  private final Turn turn;
  private final Execution execution;
  private final Interpreter interpreter;

  Extending(Turn turn, Interpreter interpreter) {
    this.turn = turn;
    this.execution = turn.execution();
    this.interpreter = interpreter;
  }

  /**
   * The extensions that apply to a task which the flow has come to, by their position among all.
   *
   * @param parent the run around it
   * @param within the scope of its expressions
   */
  List<Integer> applying(
      TaskRun parent, Task task, JsonNode rawInput, JsonNode input, Scope within, Instant now) {
    List<Extension> all = execution.definition().use().extensions();
    if (all.isEmpty() || isOutOfReach(parent)) {
      return List.of();
    }
    TaskKind kind = TaskKind.of(task.header().source());
    Scope scope = Scopes.extending(within, task.header(), rawInput, now);
    List<Integer> applying = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      Extension extension = all.get(i);
      if (kind != null && extension.extendsKind(kind) && holds(extension, input, scope)) {
        applying.add(i);
      }
    }
    return applying;
  }

  private static boolean isOutOfReach(TaskRun parent) {
    return parent.task() instanceof Task.Extended
        || parent.isInExtension()
        || Scopes.isForeign(parent);
  }

  private static boolean holds(Extension extension, JsonNode input, Scope scope) {
    Expression when = extension.when();
    return when == null
        || DataFlow.evaluate(extension.reference() + "/when", () -> when.test(input, scope));
  }

  /** Comes to the first task of an extended task that has begun. */
  void start(TaskRun run, Task.Extended task) {
    goTo(run, task, 0);
  }

  /** Where the flow goes on: what an extended task itself says has to wait for the extensions. */
  static FlowDirective directive(TaskRun parent, Task child) {
    if (parent.task() instanceof Task.Extended
        && !parent.isExtensionTask(child.header().reference())) {
      return new FlowDirective.Continue();
    }
    return parent.next() != null ? parent.next() : child.header().then();
  }

  /** Goes on after the last task of a list. */
  void endStage(TaskRun run, Task.Extended task, Progress.Extending progress) {
    boolean left = run.isLeft();
    goTo(run, task, left ? task.outsideOf(progress.stage()) : progress.stage() + 1);
  }

  private void goTo(TaskRun run, Task.Extended task, int from) {
    for (int stage = from; stage < task.stages(); stage++) {
      if (!task.stage(stage).tasks().isEmpty()) {
        turn.next(new Step.Enter(run.id(), task.stage(stage), 0, stage));
        return;
      }
    }
    if (run.progress() instanceof Progress.Extending progress) {
      interpreter.finish(run, run.isLeft() ? null : progress.result(), progress.next());
    }
  }
}
