package dev.capstan.core.decision;

import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.model.Task;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a timer does when it fires. One that is early, or whose run no longer waits for it, does
 * nothing or is armed again.
 */
final class DueTimer {
  private final Turn turn;
  private final Interpreter interpreter;

  DueTimer(Turn turn, Interpreter interpreter) {
    this.turn = turn;
    this.interpreter = interpreter;
  }

  void fire(TaskRun run, TimerKey.Kind kind) {
    switch (kind) {
      case WAIT -> {
        if (run.progress() instanceof Progress.Waiting waiting
            && run.status() == Status.WAITING
            && isDue(run, kind, waiting.until())) {
          interpreter.finish(run, null, null);
        }
      }
      case TASK_TIMEOUT -> {
        if (isDue(run, kind, run.deadline())) {
          interpreter.faults().timeOut(run);
        }
      }
      case ATTEMPT_TIMEOUT -> {
        if (run.progress() instanceof Progress.Attempts attempts
            && attempts.caught() == null
            && attempts.retryAt() == null
            && run.undoing() == null
            && isDue(
                run, kind, interpreter.faults().attemptDeadline(run, attempts.lastStartedAt()))) {
          interpreter.faults().timeOutAttempt(run);
        }
      }
      case RETRY -> {
        if (run.progress() instanceof Progress.Attempts attempts
            && isDue(run, kind, attempts.retryAt())) {
          interpreter.faults().runAgain(run);
        }
      }
      case EXECUTION_TIMEOUT -> {
        if (isDue(run, kind, turn.execution().deadline())) {
          interpreter.faults().timeOutExecution();
        }
      }
      case QUEUE_TIMEOUT -> {
        if (isDue(run, kind, interpreter.waiting().deadline(run))) {
          interpreter.faults().timeOutWaiting(run);
        }
      }
      case RECOVERY_TIMEOUT -> {
        if (isDue(run, kind, interpreter.waiting().freedAt(run))) {
          setFree(run);
        }
      }
      case CONSUMPTION -> {
        if (run.task() instanceof Task.Subscribe task
            && isDue(run, kind, interpreter.subscribing().end(run, task))) {
          interpreter.subscribing().goOn(run, task);
        }
      }
      case CONTINUE -> new Resumption(turn, interpreter).resume();
    }
  }

  /** The node that had the task did not come back in time: it stands in line for any. */
  private void setFree(TaskRun run) {
    String reason = "node " + run.boundTo() + " did not come back in time";
    interpreter.releases().stopWaiting(run);
    turn.record(
        new Event.TaskRetried(run.id(), run.attempt(), turn.moment().now(), null, reason, null));
    turn.later(new Step.Begin(run.id()));
  }

  private boolean isDue(TaskRun run, TimerKey.Kind kind, @Nullable Instant at) {
    if (at == null) {
      return false;
    }
    if (at.isAfter(turn.moment().now())) {
      turn.effect(new Effect.ArmTimer(new TimerKey(kind, run.id()), at));
      return false;
    }
    return true;
  }
}
