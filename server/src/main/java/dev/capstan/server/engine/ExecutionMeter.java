package dev.capstan.server.engine;

import dev.capstan.core.execution.Status;
import dev.capstan.core.history.Event;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.MetricsSource;
import dev.capstan.server.partition.PartitionRequests.CommitListener;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what has happened to executions and tasks, from the events that are committed. The
 * partition's thread adds, scrapes read.
 */
final class ExecutionMeter implements CommitListener, MetricsSource {
  private final String partition;
  private final LongAdder open = new LongAdder();
  private final LongAdder started = new LongAdder();
  private final LongAdder reopened = new LongAdder();
  private final LongAdder created = new LongAdder();
  private final LongAdder retried = new LongAdder();
  private final LongAdder returned = new LongAdder();
  private final ExtendedRuns extended = new ExtendedRuns();
  private final Map<Status, LongAdder> executionsEnded = endings();
  private final Map<Status, LongAdder> tasksEnded = endings();

  ExecutionMeter(String partition) {
    this.partition = partition;
  }

  private static Map<Status, LongAdder> endings() {
    Map<Status, LongAdder> endings = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      if (status.hasEnded()) {
        endings.put(status, new LongAdder());
      }
    }
    return endings;
  }

  /** Takes over the executions that were open before the first commit that it hears of. */
  void begin(long executions) {
    open.reset();
    open.add(executions);
  }

  /** How many more executions have ended than at the beginning. */
  long ended() {
    return executionsEnded.values().stream().mapToLong(LongAdder::sum).sum() - reopened.sum();
  }

  @Override
  public void committed(Summary summary, Event.Recorded events) {
    for (Event event : events.events()) {
      // A task with extensions has two runs; that which holds them stands for both.
      boolean counted = !extended.isInside(summary.id(), event);
      if (counted || event instanceof Event.TaskRetried) {
        count(event);
      }
    }
  }

  private void count(Event event) {
    switch (event) {
      case Event.ExecutionStarted _ -> {
        started.increment();
        open.increment();
      }
      case Event.ExecutionRetried _ -> {
        reopened.increment();
        open.increment();
      }
      case Event.ExecutionCompleted _ -> executionEnded(Status.COMPLETED);
      case Event.ExecutionFaulted _ -> executionEnded(Status.FAULTED);
      case Event.ExecutionCancelled _ -> executionEnded(Status.CANCELLED);
      case Event.TaskCreated _ -> created.increment();
      case Event.TaskRetried e -> (e.error() == null ? returned : retried).increment();
      case Event.TaskCompleted _ -> of(tasksEnded, Status.COMPLETED).increment();
      case Event.TaskFaulted _ -> of(tasksEnded, Status.FAULTED).increment();
      case Event.TaskCancelled _ -> of(tasksEnded, Status.CANCELLED).increment();
      case Event.ExecutionSuspended _,
          Event.ExecutionResumed _,
          Event.ExecutionMigrated _,
          Event.TaskSkipped _,
          Event.TaskSettled _,
          Event.TaskStarted _,
          Event.LoopStarted _,
          Event.WaitStarted _,
          Event.ChildStarted _,
          Event.FunctionFetched _,
          Event.SchemaFetched _,
          Event.FunctionCalled _,
          Event.HumanTaskOpened _,
          Event.HumanTaskAssigned _,
          Event.CloudEventConsumed _,
          Event.MessageConsumed _,
          Event.MessageHandled _,
          Event.CompensationStarted _,
          Event.ErrorCaught _,
          Event.CloudEventHandled _ -> {}
    }
  }

  private void executionEnded(Status how) {
    of(executionsEnded, how).increment();
    open.decrement();
  }

  private static LongAdder of(Map<Status, LongAdder> endings, Status how) {
    return Objects.requireNonNull(endings.get(how));
  }

  @Override
  public void read(Readings readings) {
    readings.value(Metric.EXECUTIONS_OPEN, open.sum(), partition);
    readings.value(Metric.EXECUTIONS_STARTED, started.sum(), partition);
    executionsEnded.forEach((how, count) ->
        readings.value(Metric.EXECUTIONS_ENDED, count.sum(), partition, how.word()));
    readings.value(Metric.TASKS_BEGUN, created.sum(), partition);
    tasksEnded.forEach(
        (how, count) -> readings.value(Metric.TASKS_ENDED, count.sum(), partition, how.word()));
    readings.value(Metric.TASKS_RETRIED, retried.sum(), partition);
    readings.value(Metric.TASKS_REASSIGNED, returned.sum(), partition);
  }
}
