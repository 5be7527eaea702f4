package dev.capstan.server.lifecycle;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import dev.capstan.server.lifecycle.LifecycleProjection.Place;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whose status phase has become another by an event. Looks at the runs that the event is
 * about and at those around them; events of the execution may change all. For the thread of its
 * projection.
 */
final class StatusChanges {
  private final Execution execution;
  private final Set<Long> suspended;
  private final Map<Long, Known> known = new HashMap<>();
  private @Nullable Status last;

  private record Known(Status status, Place place, @Nullable Long around) {}

  /**
   * @param suspended the runs that stand still because somebody suspended their execution
   */
  StatusChanges(Execution execution, Set<Long> suspended) {
    this.execution = execution;
    this.suspended = suspended;
  }

  /** Tells which tasks have another status after an event than before. */
  void after(Event event, BiConsumer<Place, Status> ofTask) {
    switch (event) {
      case Event.ExecutionEvent _ -> {
        for (TaskRun run : List.copyOf(execution.runs())) {
          look(run.id(), null, ofTask);
        }
      }
      case Event.TaskEvent about -> {
        Known before = known.get(about.task());
        look(about.task(), ending(about), ofTask);
        TaskRun run = execution.run(about.task());
        TaskRun parent = run == null ? null : run.parent();
        Long around = parent != null ? (Long) parent.id() : before == null ? null : before.around();
        if (around != null) {
          look(around, null, ofTask);
        }
      }
    }
  }

  /** Tells whether the execution has another status after a commit than before. */
  void settled(Consumer<Status> ofExecution) {
    Status now = execution.status();
    if (now != last) {
      last = now;
      ofExecution.accept(now);
    }
  }

  private static @Nullable Status ending(Event.TaskEvent event) {
    return switch (event) {
      case Event.TaskCompleted _ -> Status.COMPLETED;
      case Event.TaskFaulted _ -> Status.FAULTED;
      case Event.TaskCancelled _ -> Status.CANCELLED;
      case Event.TaskCreated _,
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
          Event.TaskRetried _,
          Event.CompensationStarted _,
          Event.ErrorCaught _,
          Event.CloudEventHandled _ ->
          null;
    };
  }

  private void look(long id, @Nullable Status ended, BiConsumer<Place, Status> ofTask) {
    if (id == 0) {
      return; // The execution's own list of tasks is no task.
    }
    TaskRun run = execution.run(id);
    Known before = known.get(id);
    if (ended != null) {
      known.remove(id);
      Place place = before != null ? before.place() : run == null ? null : place(run);
      if (place != null) {
        ofTask.accept(place, ended);
      }
      return;
    }
    if (run == null) {
      return;
    }
    Status now =
        suspended.contains(id) && !run.status().hasEnded() ? Status.SUSPENDED : run.status();
    if (before == null || before.status() != now) {
      TaskRun parent = run.parent();
      known.put(id, new Known(now, place(run), parent == null ? null : parent.id()));
      ofTask.accept(place(run), now);
    }
  }

  private static Place place(TaskRun run) {
    return new Place(run.id(), run.reference());
  }
}
