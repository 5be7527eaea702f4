package dev.capstan.core.execution;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.model.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an execution remembers to undo. Completed tasks belong to the nearest {@code try} around
 * them whose body runs, or to the root; what a {@code try} holds when it ends goes to the one
 * around it. Part of {@link Fold}.
 */
final class Remembering {
  private Remembering() {}

  /** A run is about to leave the state because its task has completed. */
  static void completed(Execution execution, TaskRun run, JsonNode output) {
    TaskRun parent = around(run);
    if (parent.undoing != null) {
      undone(execution, parent);
      return;
    }
    handOn(run);
    if (run.task().header().compensation() != null && counts(run)) {
      Instant startedAt = run.startedAt == null ? run.createdAt() : run.startedAt;
      Undoable undoable =
          new Undoable(execution.eventCount, run.place(), run.task(), run.input, output, startedAt);
      holder(parent).remembered.add(undoable);
      execution.remembered++;
    }
  }

  /**
   * A run has faulted.
   *
   * @return whether it was a compensation, which nothing takes up again
   */
  static boolean faulted(Execution execution, TaskRun run, WorkflowError error) {
    TaskRun parent = around(run);
    if (parent.undoing != null) {
      Undoable failed = undone(execution, parent);
      execution.failedCompensations.add(
          new FailedCompensation(failed.task().header().reference(), error, parent.undoing));
      return true;
    }
    run.undoing = null;
    handOn(run);
    return false;
  }

  /** What a run holds that ends otherwise than by undoing goes to the one around it. */
  static void handOn(TaskRun run) {
    if (run.remembered.isEmpty()) {
      return;
    }
    List<Undoable> outer = holder(around(run)).remembered;
    boolean later = outer.isEmpty() || outer.getLast().order() < run.remembered.getFirst().order();
    outer.addAll(run.remembered);
    if (!later) {
      outer.sort(Comparator.comparingLong(Undoable::order));
    }
    run.remembered = new ArrayList<>();
  }

  /** The execution has ended: nothing is undone any more. */
  static void forget(Execution execution) {
    for (TaskRun run : execution.runs.all()) {
      run.remembered = new ArrayList<>();
      run.undoing = null;
    }
    execution.remembered = 0;
  }

  /**
   * How often what a new run belongs to has been undone since {@code retried} began: then it is not
   * the same work once more, whoever knows it by its key.
   */
  static int timesUndone(TaskRun run, Progress.Attempts retried) {
    int times = 0;
    if (retried.undone.isEmpty()) {
      return times;
    }
    for (TaskRun each = run; each != null && each.progress != retried; each = each.parent()) {
      times += retried.undone.getOrDefault(each.place(), 0);
    }
    return times;
  }

  private static Undoable undone(Execution execution, TaskRun scope) {
    Undoable undone = scope.remembered.removeLast();
    execution.remembered--;
    for (TaskRun up = scope; up != null; up = up.parent()) {
      if (up.progress instanceof Progress.Attempts attempts) {
        attempts.undone.merge(undone.place(), 1, Integer::sum);
      }
    }
    return undone;
  }

  /** The work of others, and what undoes, is not undone step by step. */
  private static boolean counts(TaskRun run) {
    for (TaskRun up = run.parent(); up != null; up = up.parent()) {
      if (up.undoing != null
          || (up.task() instanceof Task.CallFunction call && call.source() != null)) {
        return false;
      }
    }
    return true;
  }

  private static TaskRun holder(TaskRun innermost) {
    TaskRun run = innermost;
    while (run.parent() != null
        && !(run.progress instanceof Progress.Attempts attempts && attempts.caught == null)) {
      run = run.parent();
    }
    return run;
  }

  private static TaskRun around(TaskRun run) {
    @Nullable TaskRun parent = run.parent();
    if (parent == null) {
      throw new IllegalStateException("the root ends with its execution");
    }
    return parent;
  }
}
