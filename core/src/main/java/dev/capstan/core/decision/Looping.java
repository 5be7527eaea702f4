package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.Parallel;
import dev.capstan.dsl.model.Task;
import org.jspecify.annotations.Nullable;

/**
 * Loops (specification: For). One after the other, iterations are tasks directly inside the loop,
 * and the data goes from each to the next.
 *
 * <p>At the same time ({@code metadata.capstan.parallel}), each iteration is a run of its own that
 * holds the tasks of the body. All have the loop's input; the loop's raw output is the array of
 * their outputs. At most {@code width} of them are there at once: one step begins one of them, and
 * the next step is due when that one waits or has ended, so a decision's share of steps bounds a
 * loop of any length.
 */
final class Looping {
  private final Turn turn;
  private final Execution execution;
  private final Interpreter interpreter;

  Looping(Turn turn, Interpreter interpreter) {
    this.turn = turn;
    this.execution = turn.execution();
    this.interpreter = interpreter;
  }

  void start(TaskRun run, Task.For task) {
    JsonNode items = interpreter.evaluate(run, scope -> task.in().evaluate(run.input(), scope));
    if (!items.isArray()) {
      throw new TaskFailure(
          ErrorType.EXPRESSION,
          "for.in must yield an array, and yields " + Calls.shape(items),
          run.reference());
    }
    turn.record(new Event.LoopStarted(run.id(), items));
    if (run.progress() instanceof Progress.Loop loop) {
      iterate(run, loop, 0);
    } else if (run.progress() instanceof Progress.Parallel loop) {
      goOn(run, loop);
    }
  }

  /** Comes to an iteration of a loop that has one at a time, or ends the loop. */
  void iterate(TaskRun run, Progress.Loop loop, int iteration) {
    if (!(run.task() instanceof Task.For task)) {
      return;
    }
    try {
      Expression condition = task.whileCondition();
      Scope scope = interpreter.scopes().iteration(run, iteration);
      boolean goesOn =
          iteration < loop.items().size()
              && (condition == null
                  || DataFlow.evaluate(run.reference(), () -> condition.test(run.data(), scope)));
      if (goesOn && !task.body().tasks().isEmpty()) {
        turn.next(new Step.Enter(run.id(), task.body(), 0, iteration));
      } else {
        interpreter.finish(run, null, null);
      }
    } catch (TaskFailure e) {
      interpreter.faults().fault(run, e.error());
    }
  }

  /** Begins the next iteration of a parallel loop if there is room, or ends the loop. */
  void goOn(TaskRun run, Progress.Parallel loop) {
    if (!(run.task() instanceof Task.For task) || task.parallel() == null) {
      return;
    }
    if (loop.done() == loop.count()) {
      interpreter.finish(run, null, null);
    } else if (loop.open() < task.parallel().width() && loop.next() < loop.count()) {
      long id = execution.nextRun();
      turn.record(
          new Event.TaskCreated(id, run.id(), task.body().reference(), loop.next(), null, null));
      turn.openOnce(run.id(), new Step.Proceed(run.id()));
      TaskRun iteration = execution.run(id);
      if (iteration != null) {
        interpreter.begin(iteration);
      }
    }
  }

  /** Whether an error inside of a run ends that run only, which is an iteration. */
  static boolean collects(TaskRun run) {
    TaskRun loop = run.parent();
    return run.isIteration()
        && loop != null
        && loop.task() instanceof Task.For task
        && isCollecting(task.parallel());
  }

  private static boolean isCollecting(@Nullable Parallel parallel) {
    return parallel != null && parallel.collects();
  }

  /** Ends an iteration by an error, which is its output. */
  void collect(TaskRun iteration, WorkflowError error) {
    ObjectNode output = JsonNodeFactory.instance.objectNode();
    output.set("error", error.toJson());
    interpreter.finish(iteration, output, null);
  }
}
