package dev.capstan.core.decision;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How an execution goes on whose steps were forgotten: after a suspension, a fault that is retried,
 * a turn that was too long, or the loss of its leader.
 */
final class Resumption {
  private final Turn turn;
  private final Execution execution;
  private final Interpreter interpreter;

  /** Runs that hold others, looked for once: there may be thousands of runs. */
  private Set<Long> parents = Set.of();

  Resumption(Turn turn, Interpreter interpreter) {
    this.turn = turn;
    this.execution = turn.execution();
    this.interpreter = interpreter;
  }

  /**
   * Finds the steps that are due from the state alone. Branches and iterations that have not begun
   * come last, as they would have without a break.
   */
  void resume() {
    resume(List.of());
  }

  /** The same without the steps of some runs. */
  void resume(List<TaskRun> except) {
    Set<TaskRun> left = new HashSet<>(except);
    List<TaskRun> runs = execution.runs().stream().filter(run -> !left.contains(run)).toList();
    parents = parents();
    for (TaskRun run : runs) {
      if (run.undoing() != null) {
        if (!hasChild(run)) {
          turn.later(new Step.Proceed(run.id()));
        }
      } else if (!(run.progress() instanceof Progress.Parallel)) {
        goOn(run);
      }
    }
    for (TaskRun run : runs) {
      if (run.task() instanceof Task.Fork fork
          && run.progress() instanceof Progress.Branches branches) {
        enterMissing(run, fork, branches);
      } else if (run.progress() instanceof Progress.Parallel) {
        turn.openOnce(run.id(), new Step.Proceed(run.id()));
      }
    }
  }

  private void goOn(TaskRun run) {
    if (run.fetching() != null) {
      return; // What its node brings goes on.
    }
    if (run.lastChild() != null) {
      turn.later(new Step.Proceed(run.id()));
      if (run.task() instanceof Task.Subscribe && run.status() == Status.PENDING) {
        turn.later(new Step.Begin(run.id()));
      }
    } else if (!(run.progress() instanceof Progress.Branches)) {
      resume(run);
    }
  }

  private void resume(TaskRun run) {
    if (run.status() == Status.PENDING) {
      turn.later(new Step.Begin(run.id()));
    } else if (run.progress() instanceof Progress.Attempts attempts && attempts.retryAt() != null) {
      if (!attempts.retryAt().isAfter(turn.moment().now())) {
        interpreter.faults().runAgain(run);
      }
    } else if (run.status() == Status.RUNNING && !hasChild(run)) {
      resumeScope(run);
    } else if (run.progress() instanceof Progress.Listening && !hasChild(run)) {
      interpreter.listening().goOn(run);
    } else if (run.task() instanceof Task.Subscribe task
        && run.progress() instanceof Progress.Consuming) {
      interpreter.subscribing().resume(run, task);
    }
  }

  private void resumeScope(TaskRun run) {
    switch (run.task()) {
      case Task.Do task ->
          turn.later(new Step.Enter(run.id(), task.tasks(), 0, Interpreter.iteration(run)));
      case Task.For _ -> {
        if (run.progress() instanceof Progress.Loop loop) {
          interpreter.looping().iterate(run, loop, loop.iteration());
        }
      }
      case Task.CallFunction task -> {
        if (run.node() == null) {
          turn.later(new Step.Enter(run.id(), interpreter.functions().body(task), 0, 0));
        }
      }
      case Task.Extended task -> interpreter.extending().start(run, task);
      case Task.Try task -> {
        if (run.progress() instanceof Progress.Attempts attempts) {
          turn.later(new Step.Enter(run.id(), Interpreter.listOf(task, attempts), 0, 0));
        }
      }
      case Task.Set _,
          Task.Switch _,
          Task.Fork _,
          Task.Raise _,
          Task.Wait _,
          Task.Emit _,
          Task.Listen _,
          Task.Subscribe _,
          Task.Call _,
          Task.Run _,
          Task.RunWorkflow _ -> {}
    }
  }

  private void enterMissing(TaskRun run, Task.Fork fork, Progress.Branches branches) {
    BitSet begun = new BitSet();
    execution.runsIn(run).forEach(branch -> begun.set(branch.task().header().position()));
    for (int i = 0; i < branches.count(); i++) {
      if (branches.output(i) == null && !begun.get(i)) {
        turn.open(run.id(), new Step.Enter(run.id(), fork.branches(), i, 0));
      }
    }
  }

  private Set<Long> parents() {
    Set<Long> parents = new HashSet<>();
    for (TaskRun run : execution.runs()) {
      if (run.parent() != null) {
        parents.add(run.parent().id());
      }
    }
    return parents;
  }

  private boolean hasChild(TaskRun parent) {
    return parents.contains(parent.id());
  }

  /**
   * Comes to a task once more that failed on its way in, so that its condition and its input hold
   * when it begins.
   */
  void enterAgain(TaskRun run, String reason) {
    TaskRun parent = run.parent();
    if (parent == null) {
      throw new IllegalStateException("the root is never entered again");
    }
    interpreter.releases().release(run);
    turn.record(new Event.TaskCancelled(run.id(), reason));
    interpreter.enter(parent, listAround(parent), run.task().header().position(), run.iteration());
  }

  private TaskList listAround(TaskRun parent) {
    return parent.task() instanceof Task.Fork fork ? fork.branches() : interpreter.listOf(parent);
  }
}
