package dev.capstan.core.migration;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.migration.Change.Kind;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskList;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What comes after the places where an execution stands, and differs in the new definition. Only
 * the lists of tasks that it stands in are compared.
 */
final class Outlook {
  private final Execution execution;
  private final Counterparts counterparts;
  private final Set<Change> changes = new LinkedHashSet<>();

  Outlook(Execution execution, Counterparts counterparts) {
    this.execution = execution;
    this.counterparts = counterparts;
  }

  List<Change> changes() {
    execution.runs().forEach(this::moves);
    for (TaskRun run : execution.runs()) {
      if (run.task() instanceof Task.Fork fork && run.progress() instanceof Progress.Branches) {
        branches(run, fork);
      } else if (run.lastChild() != null) {
        after(run, run.lastChild());
      } else if (run.parent() != null && !(run.parent().task() instanceof Task.Fork)) {
        after(run.parent(), run.task());
      }
    }
    return new ArrayList<>(changes);
  }

  /** What holds others moves with them; what is innermost says where the execution stands. */
  private void moves(TaskRun run) {
    Task counterpart = counterparts.task(run.reference());
    boolean holds = !execution.runsIn(run).isEmpty();
    if (!holds && counterpart != null) {
      String now = counterpart.header().reference();
      if (!now.equals(run.reference())) {
        changes.add(new Change(Kind.MOVES, run.reference(), now));
      }
    }
  }

  private void branches(TaskRun run, Task.Fork fork) {
    Task counterpart = counterparts.task(run.reference());
    if (!(counterpart instanceof Task.Fork fresh)) {
      return;
    }
    added(fresh.branches(), fork.branches(), 0, Kind.BEGINS);
    removed(fork.branches(), 0);
  }

  /** A list that runs again and again is as a whole what comes next. */
  private void after(TaskRun around, Task task) {
    String reference = task.header().reference();
    TaskList old = counterparts.oldListOf(reference);
    Task counterpart = counterparts.task(reference);
    TaskList fresh =
        counterpart == null ? null : counterparts.newListOf(counterpart.header().reference());
    if (old == null || counterpart == null || fresh == null) {
      return;
    }
    boolean repeats =
        around.progress() instanceof Progress.Loop
            || around.progress() instanceof Progress.Listening
            || around.progress() instanceof Progress.Consuming
            || around.isIteration()
            || around.progress() instanceof Progress.Attempts;
    added(fresh, old, repeats ? 0 : counterpart.header().position() + 1, Kind.ADDED);
    removed(old, repeats ? 0 : task.header().position() + 1);
  }

  private void added(TaskList fresh, TaskList old, int from, Kind kind) {
    for (Task task : fresh.tasks()) {
      if (task.header().position() >= from && origin(task, old) == null) {
        changes.add(Change.of(kind, task.header().reference()));
      }
    }
  }

  private void removed(TaskList old, int from) {
    for (Task task : old.tasks()) {
      String reference = task.header().reference();
      if (task.header().position() >= from && counterparts.task(reference) == null) {
        changes.add(Change.of(Kind.REMOVED, reference));
      }
    }
  }

  private @Nullable Task origin(Task fresh, TaskList old) {
    for (Task task : old.tasks()) {
      Task counterpart = counterparts.task(task.header().reference());
      if (counterpart != null
          && counterpart.header().reference().equals(fresh.header().reference())) {
        return task;
      }
    }
    return null;
  }
}
