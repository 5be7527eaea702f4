package dev.capstan.core.decision;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.dsl.model.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The effects that a state stands for, whoever derived them first. */
final class Pending {
  private Pending() {}

  /** Everything outside that a running execution relies on. */
  static List<Effect> effects(Execution execution, Settings settings, Moment moment) {
    Interpreter interpreter = new Interpreter(new Turn(execution, moment), settings);
    List<Effect> effects = timers(execution, interpreter, moment);
    effects.add(new Effect.ArmTimer(new TimerKey(TimerKey.Kind.CONTINUE, 0), moment.now()));
    effects.addAll(subscriptions(execution));
    return effects;
  }

  /** The subscriptions of a running execution, and what it asks of people. */
  static List<Effect> subscriptions(Execution execution) {
    List<Effect> subscriptions = new ArrayList<>();
    for (TaskRun run : execution.runs()) {
      if (run.task() instanceof Task.Listen task && run.progress() instanceof Progress.Listening) {
        subscriptions.add(new Effect.Subscribe(run.id(), EventMatching.types(task.to())));
        subscriptions.addAll(HumanTasks.open(run));
      }
    }
    return subscriptions;
  }

  /** The timers of a running execution. */
  static List<Effect> timers(Execution execution, Interpreter interpreter, Moment moment) {
    List<Effect> timers = new ArrayList<>();
    arm(timers, TimerKey.Kind.EXECUTION_TIMEOUT, 0, execution.deadline());
    for (TaskRun run : execution.runs()) {
      if (run.status() != Status.FAULTED) {
        arm(timers, TimerKey.Kind.TASK_TIMEOUT, run.id(), run.deadline());
        interpreter.waiting().timers(run, (key, at) -> timers.add(new Effect.ArmTimer(key, at)));
        arm(timers, run, interpreter, moment);
      }
    }
    return timers;
  }

  private static void arm(
      List<Effect> timers, TaskRun run, Interpreter interpreter, Moment moment) {
    switch (run.progress()) {
      case Progress.Waiting waiting -> arm(timers, TimerKey.Kind.WAIT, run.id(), waiting.until());
      case Progress.Attempts attempts -> {
        arm(timers, TimerKey.Kind.RETRY, run.id(), attempts.retryAt());
        if (attempts.caught() == null
            && attempts.retryAt() == null
            && run.undoing() == null
            && Faults.hasAttemptTimeout(run)) {
          arm(
              timers,
              TimerKey.Kind.ATTEMPT_TIMEOUT,
              run.id(),
              attemptLimit(run, attempts, interpreter, moment));
        }
      }
      case Progress.Consuming _ -> {
        if (run.task() instanceof Task.Subscribe task) {
          arm(
              timers,
              TimerKey.Kind.CONSUMPTION,
              run.id(),
              consumesUntil(run, task, interpreter, moment));
        }
      }
      case Progress.Plain _,
          Progress.Loop _,
          Progress.Parallel _,
          Progress.Branches _,
          Progress.Extending _,
          Progress.Child _,
          Progress.Listening _ -> {}
    }
  }

  private static Instant attemptLimit(
      TaskRun run, Progress.Attempts attempts, Interpreter interpreter, Moment moment) {
    try {
      Instant limit = interpreter.faults().attemptDeadline(run, attempts.lastStartedAt());
      return limit == null ? moment.now() : limit;
    } catch (TaskFailure e) {
      return moment.now();
    }
  }

  private static @Nullable Instant consumesUntil(
      TaskRun run, Task.Subscribe task, Interpreter interpreter, Moment moment) {
    try {
      return interpreter.subscribing().end(run, task);
    } catch (TaskFailure e) {
      return moment.now();
    }
  }

  private static void arm(List<Effect> timers, TimerKey.Kind kind, long run, @Nullable Instant at) {
    if (at != null) {
      timers.add(new Effect.ArmTimer(new TimerKey(kind, run), at));
    }
  }
}
