package dev.capstan.core.decision;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import dev.capstan.core.migration.Plan;

/**
 * Moves an execution to another definition of its workflow. Instants that were fixed stay: ends of
 * waits, deadlines, the time since which a task waits. What follows from the definition is made
 * anew: places in line with the new placement, limits of waiting and of attempts, subscriptions.
 * Attempts on nodes go on, and their results count for the tasks that stand for theirs.
 */
final class Migrating {
  private final Turn turn;
  private final Execution execution;
  private final Interpreter interpreter;

  Migrating(Turn turn, Interpreter interpreter) {
    this.turn = turn;
    this.execution = turn.execution();
    this.interpreter = interpreter;
  }

  void move(Plan plan, String by) {
    boolean lives = !execution.status().hasEnded();
    if (lives) {
      execution.runs().forEach(this::giveBack);
    }
    turn.record(new Event.ExecutionMigrated(plan.from(), plan.to(), plan.moved(), by));
    if (!lives) {
      return;
    }
    Pending.subscriptions(execution).forEach(turn::effect);
    if (!execution.isSuspended()) {
      Pending.timers(execution, interpreter, turn.moment()).forEach(turn::effect);
      new Resumption(turn, interpreter).resume();
      interpreter.walk();
    }
  }

  private void giveBack(TaskRun run) {
    interpreter.releases().stopWaiting(run);
    if (run.progress() instanceof Progress.Attempts && Faults.hasAttemptTimeout(run)) {
      turn.effect(new Effect.DisarmTimer(new TimerKey(TimerKey.Kind.ATTEMPT_TIMEOUT, run.id())));
    }
    if (run.progress() instanceof Progress.Consuming) {
      turn.effect(new Effect.DisarmTimer(Subscribing.key(run)));
    }
    if (!execution.isSuspended() && SchemaFetching.waitsForNode(execution, run)) {
      turn.effect(new Effect.Withdraw(run.id()));
    }
  }
}
