package dev.capstan.core.decision;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.FailedCompensation;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.execution.Undoable;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.model.TaskHeader;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Undoes what has completed ({@code metadata.capstan.compensate}): one task after the other, the
 * one that completed last first, when a {@code try} takes an error or the execution is to fault.
 *
 * <p>What undoes one task is a run like that of a {@code do}, inside the {@code try} or the root.
 * One that faults does not keep the others from running; afterwards nothing takes the error any
 * more, and the execution faults. One that is cut short by a timeout or error around it is begun
 * anew by the scope that undoes next.
 */
final class Compensating {
  /** How many completed tasks an execution remembers to undo. */
  static final int MOST_REMEMBERED = 10_000;

  private static final int FAILURES_SHOWN = 5;
  private static final int TEXT_SHOWN = 500;

  private final Turn turn;
  private final Execution execution;
  private final Interpreter interpreter;

  Compensating(Turn turn, Interpreter interpreter) {
    this.turn = turn;
    this.execution = turn.execution();
    this.interpreter = interpreter;
  }

  /**
   * Lets the flow come to a task.
   *
   * @throws TaskFailure if it would have to be remembered, and too many are
   */
  void admit(TaskHeader header) {
    if (header.compensation() != null && execution.remembered() >= MOST_REMEMBERED) {
      throw new TaskFailure(
          ErrorType.RUNTIME,
          "an execution remembers at most " + MOST_REMEMBERED + " completed tasks to undo",
          header.reference());
    }
  }

  /** How long the history may grow: one that is full has room left to undo what it tells of. */
  long eventLimit(Settings settings) {
    return settings.eventsPerExecution() * (execution.hasCompensated() ? 2 : 1);
  }

  /**
   * Ends the compensation that a run is, or is inside of, because a task in it says {@code then:
   * end}: it ends no more than that.
   *
   * @return whether there is one
   */
  boolean endsCompensation(TaskRun innermost) {
    for (TaskRun run = innermost; run.parent() != null; run = run.parent()) {
      if (run.parent().undoing() != null) {
        interpreter.releases().cancelBelow(run, "the compensation ended");
        interpreter.finish(run, null, null);
        return true;
      }
    }
    return false;
  }

  /**
   * Begins to undo what has completed inside {@code scope}.
   *
   * @return whether there is anything
   */
  boolean start(TaskRun scope, WorkflowError error) {
    if (scope.nextToUndo() == null) {
      return false;
    }
    turn.record(new Event.CompensationStarted(scope.id(), error));
    turn.next(new Step.Proceed(scope.id()));
    return true;
  }

  /** Undoes the next task of {@code scope}, or goes on as if nothing had been undone. */
  void goOn(TaskRun scope, WorkflowError error) {
    Undoable next = scope.nextToUndo();
    if (next != null) {
      begin(scope, next);
      return;
    }
    WorkflowError failure = failure();
    if (scope.parent() == null) {
      interpreter.faults().end(failure != null ? failure : error);
    } else if (failure != null) {
      interpreter.faults().failExecution(failure);
    } else {
      interpreter.faults().undone(scope, error);
    }
  }

  private void begin(TaskRun scope, Undoable next) {
    long id = execution.nextRun();
    String reference = next.compensation().header().reference();
    turn.record(new Event.TaskCreated(id, scope.id(), reference, 0, null, null));
    turn.next(new Step.Begin(id));
  }

  /** What the execution faults with because not everything could be undone; null if it could. */
  @Nullable WorkflowError failure() {
    List<FailedCompensation> failures = execution.failedCompensations();
    if (failures.isEmpty()) {
      return null;
    }
    WorkflowError cause = failures.getFirst().cause();
    String failed =
        failures.stream()
            .limit(FAILURES_SHOWN)
            .map(failure -> failure.reference() + ": " + text(failure.error()))
            .collect(Collectors.joining("; "));
    int more = failures.size() - FAILURES_SHOWN;
    return ErrorType.RUNTIME.error(
        text(cause)
            + "; and what had been done could not be undone: "
            + failed
            + (more > 0 ? "; and " + more + " more" : ""),
        cause.instance());
  }

  private static String text(WorkflowError error) {
    String title = error.title() != null ? error.title() : error.type();
    String text = error.detail() != null ? title + ": " + error.detail() : title;
    return text.length() <= TEXT_SHOWN ? text : text.substring(0, TEXT_SHOWN) + "...";
  }
}
