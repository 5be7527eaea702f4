package dev.capstan.verify.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What must hold in the history of one execution: whose results it has, and where tasks went. */
final class HistoryRules {
  private final String execution;
  private final Consumer<String> violated;
  private final Tally tally;
  private final Map<Long, Event.TaskStarted> started = new HashMap<>();
  private final Map<Long, String> bound = new HashMap<>();

  private HistoryRules(String execution, Consumer<String> violated, Tally tally) {
    this.execution = execution;
    this.violated = violated;
    this.tally = tally;
  }

  /** Checks a whole history, from its first event on. */
  static void check(
      String execution, List<Event.Recorded> history, Consumer<String> violated, Tally tally) {
    HistoryRules rules = new HistoryRules(execution, violated, tally);
    history.forEach(recorded -> recorded.events().forEach(rules::next));
  }

  private void next(Event event) {
    switch (event) {
      case Event.TaskStarted start when start.node() != null -> started(start, start.node());
      case Event.TaskRetried retried -> retried(retried);
      case Event.TaskCompleted completed -> completed(completed);
      case Event.SchemaFetched _ -> tally.bit(Happening.SCHEMA_FETCHED);
      case Event.TaskFaulted faulted -> faulted(faulted.task(), faulted.error());
      default -> {
        // Nothing that a worker has a part in.
      }
    }
  }

  private void started(Event.TaskStarted start, String node) {
    started.put(start.task(), start);
    String wanted = bound.remove(start.task());
    if (wanted != null && !wanted.equals(node)) {
      violated.accept(
          "%s#%d was to wait for %s and went to %s"
              .formatted(execution, start.task(), wanted, node));
    }
  }

  private void retried(Event.TaskRetried retried) {
    String node = retried.node();
    if (node == null) {
      bound.remove(retried.task());
    } else {
      bound.put(retried.task(), node);
      tally.bit(Happening.WAITS_FOR_SAME_NODE);
    }
  }

  private void completed(Event.TaskCompleted completed) {
    Event.TaskStarted last = started.get(completed.task());
    if (last != null) {
      JsonNode output = completed.output();
      JsonNode told = output == null ? null : output.get(SimulatedWorker.TOKEN);
      tally.bit(Happening.RESULT_ACCEPTED);
      same(last, told == null ? null : told.asText());
    }
  }

  private void faulted(long task, WorkflowError error) {
    Event.TaskStarted last = started.get(task);
    if (last != null && error.status() == SimulatedWorker.FLAKY) {
      tally.bit(Happening.FAULT_ACCEPTED);
      same(last, error.detail());
    }
    if (String.valueOf(error.title()).contains("recovery: fail")
        || String.valueOf(error.detail()).contains("recovery: fail")) {
      tally.bit(Happening.RECOVERY_FAILS);
    }
    if (error.status() == Workflows.TIMEOUT && last == null) {
      tally.bit(Happening.QUEUE_TIMEOUT);
    }
  }

  /** The attempt that a result names is the one that was started last. */
  private void same(Event.TaskStarted last, @Nullable String told) {
    String present = SimulatedWorker.token(execution, last.task(), last.attempt(), last.epoch());
    if (!present.equals(told)) {
      violated.accept("the result of " + told + " was taken for that of " + present);
    }
  }
}
