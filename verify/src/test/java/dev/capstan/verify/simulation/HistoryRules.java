package dev.capstan.verify.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.RecoveryStrategy;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What must hold in the history of one execution, event by event: who has its tasks, whose results
 * it takes, and what becomes of tasks whose node is lost.
 */
final class HistoryRules {
  private static final String NOT_AGAIN = "; the task is not to run again (recovery: fail)";

  /** The execution itself, for which a schema is fetched. */
  private static final long WHOLE = 0;

  private final String execution;
  private final RecoveryStrategy recovery;
  private final Invariants invariants;
  private final Tally tally;
  private final Map<Long, Event.TaskStarted> started = new HashMap<>();
  private final Map<Long, Event.TaskStarted> holders = new HashMap<>();
  private final Map<Long, Instant> waits = new HashMap<>();
  private final Map<Long, String> bound = new HashMap<>();
  private final Set<Event.TaskStarted> all = new HashSet<>();

  /**
   * @param recovery of its tasks
   */
  HistoryRules(String execution, RecoveryStrategy recovery, Invariants invariants) {
    this.execution = execution;
    this.recovery = recovery;
    this.invariants = invariants;
    this.tally = invariants.tally();
  }

  /** Which of its tasks are on which node. */
  Map<Long, String> holders() {
    Map<Long, String> text = new HashMap<>();
    holders.forEach((task, start) ->
        text.put(task, holder(String.valueOf(start.node()), start.epoch(), start.attempt())));
    return text;
  }

  /** Whether a task is on a node. */
  boolean isHeld(long task) {
    return holders.containsKey(task);
  }

  /** Whether one of its tasks is on that node. */
  boolean isOn(String node) {
    return holders.values().stream().anyMatch(start -> node.equals(start.node()));
  }

  static String holder(String node, long epoch, int attempt) {
    return node + " in epoch " + epoch + " as attempt " + attempt;
  }

  /**
   * The next event.
   *
   * @param time of its decision, by the clock of its leader
   */
  void next(Event event, Instant time) {
    switch (event) {
      case Event.WaitStarted wait -> waits.put(wait.task(), wait.until());
      case Event.TaskStarted start when start.node() != null -> started(start, start.node());
      case Event.TaskRetried retried -> retried(retried, holders.remove(retried.task()));
      case Event.TaskCompleted completed -> {
        waited(completed.task(), time);
        completed(completed, holders.remove(completed.task()));
      }
      case Event.SchemaFetched fetched -> {
        tally.bit(Happening.SCHEMA_FETCHED);
        holders.remove(fetched.task());
      }
      case Event.TaskFaulted faulted ->
          faulted(faulted.task(), faulted.error(), holders.remove(faulted.task()));
      case Event.TaskCancelled cancelled -> holders.remove(cancelled.task());
      case Event.ExecutionFaulted _ -> holders.remove(WHOLE);
      case Event.ExecutionCancelled _ -> holders.remove(WHOLE);
      default -> {
        // Nothing that a worker has a part in.
      }
    }
  }

  private void started(Event.TaskStarted start, String node) {
    Event.TaskStarted before = started.put(start.task(), start);
    Event.TaskStarted holder = holders.put(start.task(), start);
    if (holder != null) {
      violated("#%d is on %s, and was given to %s".formatted(start.task(), holder, node));
    }
    if (before != null && start.attempt() < before.attempt()) {
      violated("#%d goes back to %s after %s".formatted(start.task(), start, before));
    }
    if (!all.add(start)) {
      violated("#%d begins as %s for the second time".formatted(start.task(), start));
    }
    String wanted = bound.remove(start.task());
    if (wanted != null && !wanted.equals(node)) {
      violated("#%d was to wait for %s and went to %s".formatted(start.task(), wanted, node));
    }
  }

  private void retried(Event.TaskRetried retried, Event.@Nullable TaskStarted holder) {
    String node = retried.node();
    if (node == null) {
      bound.remove(retried.task());
    } else {
      bound.put(retried.task(), node);
      tally.bit(Happening.WAITS_FOR_SAME_NODE);
    }
    if (holder != null && retried.error() == null && fails(holder)) {
      invariants.untouched(token(holder));
    }
  }

  /** Whether the loss of its node is the end of an attempt; what is fetched is fetched again. */
  private boolean fails(Event.TaskStarted attempt) {
    return recovery == RecoveryStrategy.FAIL && attempt.fetch() == null;
  }

  /**
   * A wait is over when the leader's clock says so, and not before. That is all that can be said of
   * it: where that clock is wrong, a wait ends early or late.
   */
  private void waited(long task, Instant time) {
    Instant until = waits.remove(task);
    if (until != null && time.isBefore(until)) {
      violated("#%d was to wait until %s, and ended at %s".formatted(task, until, time));
    }
  }

  private void completed(Event.TaskCompleted completed, Event.@Nullable TaskStarted holder) {
    if (started.containsKey(completed.task())) {
      JsonNode output = completed.output();
      JsonNode told = output == null ? null : output.get(SimulatedWorker.TOKEN);
      tally.bit(Happening.RESULT_ACCEPTED);
      same(completed.task(), holder, told == null ? null : told.asText());
    }
  }

  private void faulted(long task, WorkflowError error, Event.@Nullable TaskStarted holder) {
    boolean own = started.containsKey(task);
    if (own && error.status() == SimulatedWorker.FLAKY) {
      tally.bit(Happening.FAULT_ACCEPTED);
      same(task, holder, error.detail());
    }
    if (own && isLoss(error)) {
      tally.bit(Happening.RECOVERY_FAILS);
      if (holder == null || !fails(holder)) {
        violated("#%d faulted for the loss of %s: %s".formatted(task, holder, error));
      }
    }
    if (error.status() == Workflows.TIMEOUT && !own) {
      tally.bit(Happening.QUEUE_TIMEOUT);
    }
  }

  /** Whether this is what a task says that was lost with its node, and must not run again. */
  static boolean isLoss(WorkflowError error) {
    String detail = error.detail();
    return detail != null
        && detail.endsWith(NOT_AGAIN)
        && error.instance() != null
        && error.equals(ErrorType.RUNTIME.error(detail, error.instance()));
  }

  /** A result is that of the attempt that its node holds, and it has run there. */
  private void same(long task, Event.@Nullable TaskStarted holder, @Nullable String told) {
    if (holder == null) {
      violated("#%d has no attempt, and the result of %s was taken".formatted(task, told));
      return;
    }
    String present = token(holder);
    if (!present.equals(told)) {
      violated("#%d: the result of %s was taken for that of %s".formatted(task, told, present));
    }
    if (!invariants.ran(present, String.valueOf(holder.node()))) {
      violated("#%d: %s did not run on %s".formatted(task, present, holder.node()));
    }
    if (!invariants.counts(present)) {
      violated("#%d: what %s says counts, which was put out".formatted(task, holder.node()));
    }
  }

  private String token(Event.TaskStarted attempt) {
    return SimulatedWorker.token(execution, attempt.task(), attempt.attempt(), attempt.epoch());
  }

  private void violated(String what) {
    invariants.violated(execution + what);
  }
}
