package dev.capstan.core.decision;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
import dev.capstan.dsl.model.Task;
import org.jspecify.annotations.Nullable;

/**
 * Gives back what a run holds outside its execution: timers, subscriptions, a place in a queue, an
 * attempt on a node, a child.
 */
final class Releases {
  private final Turn turn;
  private final Execution execution;
  private final Waiting waiting;

  Releases(Turn turn, Waiting waiting) {
    this.turn = turn;
    this.waiting = waiting;
    this.execution = turn.execution();
  }

  /** What a run holds when it ends by itself. */
  void release(TaskRun run) {
    if (run.deadline() != null) {
      disarm(TimerKey.Kind.TASK_TIMEOUT, run);
    }
    stopWaiting(run);
    switch (run.progress()) {
      case Progress.Waiting _ -> disarm(TimerKey.Kind.WAIT, run);
      case Progress.Consuming _ -> disarm(TimerKey.Kind.CONSUMPTION, run);
      case Progress.Listening listening -> {
        turn.effect(new Effect.Unsubscribe(run.id()));
        HumanTasks.close(turn, run, listening);
      }
      case Progress.Attempts attempts -> {
        if (attempts.retryAt() != null) {
          disarm(TimerKey.Kind.RETRY, run);
        }
        if (Faults.hasAttemptTimeout(run)) {
          disarm(TimerKey.Kind.ATTEMPT_TIMEOUT, run);
        }
      }
      case Progress.Plain _,
          Progress.Loop _,
          Progress.Parallel _,
          Progress.Branches _,
          Progress.Extending _,
          Progress.Child _ -> {}
    }
    if (run.task() instanceof Task.Subscribe) {
      // Its attempt never ends by itself.
      leaveNode(run, run.node());
    }
  }

  /** A task has a node, needs none, or waits anew. */
  void stopWaiting(TaskRun run) {
    waiting.timers(run, (key, _) -> turn.effect(new Effect.DisarmTimer(key)));
  }

  /** What a run holds when it is ended from outside. */
  void abandon(TaskRun run, String reason) {
    release(run);
    if (!(run.task() instanceof Task.Subscribe)) {
      leaveNode(run, run.node());
    }
    if (run.progress() instanceof Progress.Child child
        && run.task() instanceof Task.RunWorkflow task
        && (task.await() || Continuing.continues(run))) {
      turn.effect(new Effect.Send(new Message.CancelChild(child.execution(), reason)));
    }
  }

  private void leaveNode(TaskRun run, @Nullable String node) {
    if (node != null) {
      turn.effect(
          new Effect.CancelAttempt(
              new AttemptToken(execution.id(), run.id(), run.attempt(), run.epoch()), node));
    } else if (SchemaFetching.waitsForNode(execution, run)) {
      turn.effect(new Effect.Withdraw(run.id()));
    }
  }

  /** Cancels every run inside {@code ancestor}, the innermost first. */
  void cancelBelow(TaskRun ancestor, String reason) {
    for (TaskRun run : execution.runsBelow(ancestor)) {
      if (run.status() != Status.FAULTED) {
        abandon(run, reason);
        turn.record(new Event.TaskCancelled(run.id(), reason));
      }
    }
  }

  /** What follows from the end of the execution, whichever it is. */
  void ended(Outcome outcome) {
    if (execution.deadline() != null) {
      turn.effect(new Effect.DisarmTimer(new TimerKey(TimerKey.Kind.EXECUTION_TIMEOUT, 0)));
    }
    ParentReference parent = execution.parent();
    if (parent != null && parent.awaited() && !(outcome instanceof Outcome.Continued)) {
      Predecessor before = execution.predecessor();
      String known = before == null ? execution.id() : before.first();
      turn.effect(new Effect.Send(new Message.NotifyParent(parent, known, outcome)));
    }
    turn.effect(new Effect.Ended(outcome));
  }

  private void disarm(TimerKey.Kind kind, TaskRun run) {
    turn.effect(new Effect.DisarmTimer(new TimerKey(kind, run.id())));
  }
}
