package dev.capstan.core.execution;

import dev.capstan.core.history.Event;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The life cycles of executions and of runs of tasks as tables: which event may come in which
 * status, and the status after it. An event that is in no line is refused, because it would mean
 * that the history is damaged.
 *
 * <p>An execution is {@link Status#RUNNING} here also where its tasks only wait; that is derived
 * from its runs.
 */
public final class LifeCycle {
  /** What happens to executions. */
  public static final List<Edge> EXECUTION =
      List.of(
          new Edge(Status.PENDING, Event.ExecutionStarted.class, Status.RUNNING),
          new Edge(Status.RUNNING, Event.ExecutionSuspended.class, Status.SUSPENDED),
          new Edge(Status.RUNNING, Event.ExecutionMigrated.class, Status.RUNNING),
          new Edge(Status.RUNNING, Event.ExecutionCompleted.class, Status.COMPLETED),
          new Edge(Status.RUNNING, Event.ExecutionFaulted.class, Status.FAULTED),
          new Edge(Status.RUNNING, Event.ExecutionCancelled.class, Status.CANCELLED),
          new Edge(Status.SUSPENDED, Event.ExecutionResumed.class, Status.RUNNING),
          new Edge(Status.SUSPENDED, Event.ExecutionMigrated.class, Status.SUSPENDED),
          new Edge(Status.SUSPENDED, Event.ExecutionFaulted.class, Status.FAULTED),
          new Edge(Status.SUSPENDED, Event.ExecutionCancelled.class, Status.CANCELLED),
          new Edge(Status.FAULTED, Event.ExecutionMigrated.class, Status.FAULTED),
          new Edge(Status.FAULTED, Event.ExecutionRetried.class, Status.RUNNING));

  /**
   * What happens to runs of tasks. {@link Event.TaskCreated} and {@link Event.TaskSkipped} stand
   * for what happens to the run around the task.
   */
  public static final List<Edge> TASK =
      List.of(
          new Edge(Status.PENDING, Event.TaskSettled.class, Status.PENDING),
          // A schema that is computed may be one that another task has fetched.
          new Edge(Status.PENDING, Event.SchemaFetched.class, Status.PENDING),
          new Edge(Status.PENDING, Event.TaskStarted.class, Status.RUNNING),
          new Edge(Status.PENDING, Event.TaskStarted.class, Status.WAITING),
          new Edge(Status.PENDING, Event.LoopStarted.class, Status.RUNNING),
          new Edge(Status.PENDING, Event.WaitStarted.class, Status.WAITING),
          new Edge(Status.PENDING, Event.ChildStarted.class, Status.RUNNING),
          new Edge(Status.PENDING, Event.FunctionCalled.class, Status.RUNNING),
          new Edge(Status.PENDING, Event.TaskRetried.class, Status.PENDING),
          // A subscription that waits for a node goes on handling what it has, and may have enough.
          new Edge(Status.PENDING, Event.TaskCreated.class, Status.PENDING),
          new Edge(Status.PENDING, Event.TaskSkipped.class, Status.PENDING),
          new Edge(Status.PENDING, Event.MessageHandled.class, Status.PENDING),
          new Edge(Status.PENDING, Event.TaskCompleted.class, Status.COMPLETED),
          new Edge(Status.PENDING, Event.TaskFaulted.class, Status.FAULTED),
          new Edge(Status.PENDING, Event.TaskCancelled.class, Status.CANCELLED),
          new Edge(Status.RUNNING, Event.TaskCreated.class, Status.RUNNING),
          new Edge(Status.RUNNING, Event.TaskSkipped.class, Status.RUNNING),
          new Edge(Status.RUNNING, Event.FunctionFetched.class, Status.PENDING),
          new Edge(Status.RUNNING, Event.SchemaFetched.class, Status.PENDING),
          new Edge(Status.RUNNING, Event.CompensationStarted.class, Status.RUNNING),
          new Edge(Status.RUNNING, Event.ErrorCaught.class, Status.RUNNING),
          new Edge(Status.RUNNING, Event.TaskRetried.class, Status.PENDING),
          new Edge(Status.RUNNING, Event.TaskRetried.class, Status.WAITING),
          new Edge(Status.RUNNING, Event.TaskCompleted.class, Status.COMPLETED),
          new Edge(Status.RUNNING, Event.TaskFaulted.class, Status.FAULTED),
          new Edge(Status.RUNNING, Event.TaskCancelled.class, Status.CANCELLED),
          new Edge(Status.WAITING, Event.TaskCreated.class, Status.RUNNING),
          new Edge(Status.WAITING, Event.TaskCreated.class, Status.WAITING),
          new Edge(Status.WAITING, Event.TaskSkipped.class, Status.RUNNING),
          new Edge(Status.WAITING, Event.TaskSkipped.class, Status.WAITING),
          new Edge(Status.WAITING, Event.HumanTaskOpened.class, Status.WAITING),
          new Edge(Status.WAITING, Event.HumanTaskAssigned.class, Status.WAITING),
          new Edge(Status.WAITING, Event.CloudEventConsumed.class, Status.WAITING),
          new Edge(Status.WAITING, Event.CloudEventHandled.class, Status.WAITING),
          new Edge(Status.WAITING, Event.MessageConsumed.class, Status.WAITING),
          new Edge(Status.WAITING, Event.MessageHandled.class, Status.WAITING),
          new Edge(Status.WAITING, Event.TaskRetried.class, Status.PENDING),
          new Edge(Status.WAITING, Event.TaskRetried.class, Status.WAITING),
          new Edge(Status.WAITING, Event.TaskCompleted.class, Status.COMPLETED),
          new Edge(Status.WAITING, Event.TaskFaulted.class, Status.FAULTED),
          new Edge(Status.WAITING, Event.TaskCancelled.class, Status.CANCELLED));

  private static final Map<Status, Set<Class<? extends Event>>> OF_EXECUTION = index(EXECUTION);
  private static final Map<Status, Set<Class<? extends Event>>> OF_TASK = index(TASK);

  private LifeCycle() {}

  /** One line of a table. */
  public record Edge(Status from, Class<? extends Event> event, Status to) {
    @Override
    public String toString() {
      return from.word() + " -" + event.getSimpleName() + "-> " + to.word();
    }
  }

  /** The status of an execution as the table has it. */
  public static Status statusOf(Execution execution) {
    return execution.suspended && !execution.status.hasEnded()
        ? Status.SUSPENDED
        : execution.status;
  }

  /** The run whose status an event is about. */
  public static long runOf(Event.TaskEvent event) {
    return event instanceof Event.TaskCreated created ? created.parent() : event.task();
  }

  static void require(Execution execution, Event.ExecutionEvent event) {
    Status status = statusOf(execution);
    if (!OF_EXECUTION.getOrDefault(status, Set.of()).contains(event.getClass())) {
      throw refusal(execution, event, "an execution that is " + status.word());
    }
  }

  /** Tasks move while their execution does; suspended, they can only end or come to rest. */
  static void require(Execution execution, Event.TaskEvent event, TaskRun run) {
    Status around = statusOf(execution);
    if (around != Status.RUNNING && !(around == Status.SUSPENDED && !isBeginning(event))) {
      throw refusal(execution, event, "a task of an execution that is " + around.word());
    }
    if (!OF_TASK.getOrDefault(run.status(), Set.of()).contains(event.getClass())) {
      throw refusal(execution, event, "run " + run.id() + ", which is " + run.status().word());
    }
  }

  private static boolean isBeginning(Event.TaskEvent event) {
    return switch (event) {
      case Event.TaskCreated _,
          Event.TaskSkipped _,
          Event.TaskSettled _,
          Event.TaskStarted _,
          Event.LoopStarted _,
          Event.WaitStarted _,
          Event.ChildStarted _,
          Event.FunctionCalled _,
          Event.HumanTaskOpened _ ->
          true;
      case Event.FunctionFetched _,
          Event.SchemaFetched _,
          Event.HumanTaskAssigned _,
          Event.CloudEventConsumed _,
          Event.CloudEventHandled _,
          Event.MessageConsumed _,
          Event.MessageHandled _,
          Event.TaskRetried _,
          Event.CompensationStarted _,
          Event.ErrorCaught _,
          Event.TaskCompleted _,
          Event.TaskFaulted _,
          Event.TaskCancelled _ ->
          false;
    };
  }

  private static IllegalStateException refusal(Execution execution, Event event, String what) {
    return new IllegalStateException(
        "the history of "
            + execution.id()
            + " has "
            + event.getClass().getSimpleName()
            + " for "
            + what);
  }

  private static Map<Status, Set<Class<? extends Event>>> index(List<Edge> edges) {
    Map<Status, Set<Class<? extends Event>>> index = new EnumMap<>(Status.class);
    for (Edge edge : edges) {
      index.computeIfAbsent(edge.from(), _ -> new LinkedHashSet<>()).add(edge.event());
    }
    return Collections.unmodifiableMap(index);
  }
}
