package dev.capstan.testkit;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.TimerKey;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.dsl.model.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks that everything has an owner: an execution that has not ended waits for something that
 * will move it, and nothing is held for what has ended.
 */
final class Ownership {
  private final Map<String, Execution> executions;
  private final Holdings holdings;
  private final List<String> complaints = new ArrayList<>();

  Ownership(Map<String, Execution> executions, Holdings holdings) {
    this.executions = executions;
    this.holdings = holdings;
  }

  /**
   * To be called when nothing is left to do at the present time.
   *
   * @throws IllegalStateException if something has no owner
   */
  void require() {
    for (Execution execution : executions.values()) {
      if (!execution.status().hasEnded() && !execution.isSuspended()) {
        movers(execution);
      }
    }
    holdings.timers.forEach(this::owner);
    holdings.subscriptions.keySet().forEach(this::listener);
    for (AttemptToken token : holdings.attempts.keySet()) {
      if (!holdings.cancelled.contains(token) && !isPresent(token)) {
        complaints.add("nobody wants the result of " + token);
      }
    }
    if (!complaints.isEmpty()) {
      throw new IllegalStateException(String.join("; ", complaints));
    }
  }

  private void movers(Execution execution) {
    timer(execution, TimerKey.Kind.EXECUTION_TIMEOUT, 0, execution.deadline());
    for (TaskRun run : execution.runs()) {
      timer(execution, TimerKey.Kind.TASK_TIMEOUT, run.id(), run.deadline());
      mover(execution, run);
    }
  }

  private void mover(Execution execution, TaskRun run) {
    boolean leaf = execution.runsIn(run).isEmpty();
    String node = run.node();
    switch (run.progress()) {
      case Progress.Waiting waiting ->
          timer(execution, TimerKey.Kind.WAIT, run.id(), waiting.until());
      case Progress.Listening _ -> {
        if (!holdings.subscriptions.containsKey(new Holdings.Place(execution.id(), run.id()))) {
          complaints.add(name(execution, run) + " listens, but nothing is subscribed for it");
        }
      }
      case Progress.Child child -> {
        Execution started = executions.get(child.execution());
        while (started != null && started.continuedAs() != null) {
          started = executions.get(started.continuedAs());
        }
        if (started == null || started.status().hasEnded()) {
          complaints.add(name(execution, run) + " waits for a child that does not run");
        }
      }
      case Progress.Attempts attempts when attempts.retryAt() != null ->
          timer(execution, TimerKey.Kind.RETRY, run.id(), attempts.retryAt());
      case Progress.Consuming _ -> {
        if (node != null) {
          attempt(execution, run);
        }
      }
      case Progress.Attempts _,
          Progress.Branches _,
          Progress.Extending _,
          Progress.Loop _,
          Progress.Parallel _,
          Progress.Plain _ -> {
        if (node != null) {
          attempt(execution, run);
        } else if (leaf && !waitsAtMost(execution, run)) {
          complaints.add(name(execution, run) + " is " + run.status() + ", and nothing moves it");
        }
      }
    }
  }

  /** Whether a task that no node takes, such as the one it waits for, goes on in time. */
  private boolean waitsAtMost(Execution execution, TaskRun run) {
    return Stream.of(TimerKey.Kind.QUEUE_TIMEOUT, TimerKey.Kind.RECOVERY_TIMEOUT)
        .map(kind -> new Holdings.Timer(execution.id(), new TimerKey(kind, run.id())))
        .anyMatch(holdings.timers::containsKey);
  }

  private void attempt(Execution execution, TaskRun run) {
    AttemptToken token = token(execution, run);
    if (!holdings.attempts.containsKey(token)) {
      complaints.add(name(execution, run) + " is on a node that does not have it: " + token);
    }
  }

  private void timer(Execution execution, TimerKey.Kind kind, long run, @Nullable Instant at) {
    Holdings.Timer timer = new Holdings.Timer(execution.id(), new TimerKey(kind, run));
    if (at != null && !at.equals(holdings.timers.get(timer))) {
      complaints.add(timer + " is not armed for " + at);
    }
  }

  private void owner(Holdings.Timer timer, Instant at) {
    Execution execution = executions.get(timer.execution());
    TaskRun run = execution == null ? null : execution.run(timer.key().task());
    if (execution == null || execution.status().hasEnded() || run == null) {
      complaints.add(timer + " is armed for something that has ended");
      return;
    }
    boolean owned =
        switch (timer.key().kind()) {
          case WAIT -> run.progress() instanceof Progress.Waiting;
          case TASK_TIMEOUT -> at.equals(run.deadline());
          case EXECUTION_TIMEOUT -> at.equals(execution.deadline());
          case RETRY ->
              run.progress() instanceof Progress.Attempts attempts && attempts.retryAt() != null;
          case ATTEMPT_TIMEOUT ->
              run.progress() instanceof Progress.Attempts attempts
                  && attempts.caught() == null
                  && run.undoing() == null;
          case CONSUMPTION -> run.progress() instanceof Progress.Consuming;
          case CONTINUE -> execution.isSuspended();
          case QUEUE_TIMEOUT, RECOVERY_TIMEOUT -> run.status() == Status.PENDING;
        };
    if (!owned) {
      complaints.add(timer + " is armed, and nobody waits for it");
    }
  }

  private void listener(Holdings.Place place) {
    Execution execution = executions.get(place.execution());
    TaskRun run = execution == null ? null : execution.run(place.task());
    if (run == null
        || run.status() == Status.FAULTED
        || !(run.task() instanceof Task.Listen)
        || !(run.progress() instanceof Progress.Listening)) {
      complaints.add(place + " is subscribed, and does not listen");
    }
  }

  private boolean isPresent(AttemptToken token) {
    Execution execution = executions.get(token.execution());
    TaskRun run = execution == null ? null : execution.run(token.task());
    return execution != null
        && run != null
        && run.node() != null
        && token(execution, run).equals(token);
  }

  private static AttemptToken token(Execution execution, TaskRun run) {
    return new AttemptToken(execution.id(), run.id(), run.attempt(), run.epoch());
  }

  private static String name(Execution execution, TaskRun run) {
    return execution.id() + run.reference() + " (run " + run.id() + ")";
  }
}
