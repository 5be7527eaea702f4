package dev.capstan.server.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Fold;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.model.Document;
import dev.capstan.dsl.model.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A history as life-cycle events (specification: Lifecycle Events). The history is folded along,
 * since events leave out what follows from earlier ones. One projection goes through one history,
 * from its first event on, on one thread at a time; the same history gives the same events with the
 * same ids wherever and whenever it does.
 */
final class LifecycleProjection {
  private final Execution execution;
  private final String name;
  private final UnaryOperator<JsonNode> hide;
  private final @Nullable StatusChanges statusChanges;

  /** Runs that somebody suspended with their execution, in the order of their creation. */
  private final Set<Long> suspended = new TreeSet<>();

  private long index;

  /** The event in work. */
  private Instant time = Instant.EPOCH;

  private @Nullable List<LifecycleEvent> told;

  /**
   * @param document of any definition that it runs; its version counts for nothing
   * @param definitions those that the history names
   * @param hide takes secrets out of values
   * @param statusChanges whether the optional status-changed events are told too
   */
  LifecycleProjection(
      String id,
      Document document,
      DefinitionSource definitions,
      UnaryOperator<JsonNode> hide,
      boolean statusChanges) {
    this.execution = Execution.blank(id, definitions);
    this.name = document.name() + "-" + id + "." + document.namespace();
    this.hide = hide;
    this.statusChanges = statusChanges ? new StatusChanges(execution, suspended) : null;
  }

  /** The index of the event that comes next. */
  long nextIndex() {
    return index;
  }

  boolean hasEnded() {
    return execution.status().hasEnded();
  }

  /**
   * What the next events of the history are to others. Those before {@code from} are folded only,
   * and those that the projection has had already are skipped.
   */
  List<LifecycleEvent> next(Event.Recorded recorded, long from) {
    List<LifecycleEvent> events = new ArrayList<>();
    long at = recorded.firstIndex();
    if (at > index) {
      throw new IllegalStateException(
          "the history of " + execution.id() + " has a gap before event " + at);
    }
    time = recorded.time();
    for (Event event : recorded.events()) {
      if (at++ == index) {
        told = index < from ? null : events;
        pass(event);
        if (at == recorded.firstIndex() + recorded.events().size()) {
          settle();
        }
        index++;
      }
    }
    return events;
  }

  private void pass(Event event) {
    switch (event) {
      case Event.ExecutionEvent about -> execution(about);
      case Event.TaskEvent about -> task(about);
    }
    if (statusChanges != null) {
      statusChanges.after(
          event,
          (run, status) ->
              tell(
                  LifecycleType.TASK_STATUS_CHANGED,
                  run,
                  data -> data.put("status", status.word())));
    }
  }

  /** What an execution is between two events of one commit, it is for nobody. */
  private void settle() {
    if (statusChanges != null) {
      statusChanges.settled(status ->
          tell(
              LifecycleType.WORKFLOW_STATUS_CHANGED,
              null,
              data -> data.put("status", status.word())));
    }
  }

  private void execution(Event.ExecutionEvent event) {
    List<TaskRun> faulted =
        event instanceof Event.ExecutionRetried ? tasks(Status.FAULTED) : List.of();
    Fold.apply(execution, event, time);
    switch (event) {
      case Event.ExecutionStarted _ ->
          tell(LifecycleType.WORKFLOW_STARTED, null, this::describeDefinition);
      case Event.ExecutionSuspended _ -> {
        tell(LifecycleType.WORKFLOW_SUSPENDED, null);
        suspendTasks();
      }
      case Event.ExecutionResumed _ -> {
        tell(LifecycleType.WORKFLOW_RESUMED, null);
        resumeTasks();
      }
      case Event.ExecutionRetried _ -> {
        tell(LifecycleType.WORKFLOW_RESUMED, null);
        faulted.forEach(run -> tell(LifecycleType.TASK_RETRIED, place(run)));
      }
      case Event.ExecutionMigrated _ -> {} // The specification knows no such change.
      case Event.ExecutionCompleted _ ->
          tell(LifecycleType.WORKFLOW_COMPLETED, null, output(execution.output()));
      case Event.ExecutionFaulted e -> tell(LifecycleType.WORKFLOW_FAULTED, null, error(e.error()));
      case Event.ExecutionCancelled _ -> tell(LifecycleType.WORKFLOW_CANCELLED, null);
    }
  }

  private void describeDefinition(ObjectNode data) {
    Document document = execution.definition().document();
    data.putObject("definition")
        .put("name", document.name())
        .put("namespace", document.namespace())
        .put("version", document.version());
  }

  /** What a node has goes on; everything else stands still. */
  private void suspendTasks() {
    for (TaskRun run : execution.runs()) {
      if (run.parent() != null && !run.status().hasEnded() && run.node() == null) {
        suspended.add(run.id());
        tell(LifecycleType.TASK_SUSPENDED, place(run));
      }
    }
  }

  private void resumeTasks() {
    for (long id : suspended) {
      TaskRun run = execution.run(id);
      if (run != null && !run.status().hasEnded()) {
        tell(LifecycleType.TASK_RESUMED, place(run));
      }
    }
    suspended.clear();
  }

  private List<TaskRun> tasks(Status status) {
    return execution.runs().stream()
        .filter(run -> run.parent() != null && run.status() == status)
        .toList();
  }

  /** Told before the fold takes the event, which may end the run. */
  private void task(Event.TaskEvent event) {
    if (event.task() == 0) {
      Fold.apply(execution, event, time); // The execution's own list of tasks is no task.
      return;
    }
    switch (event) {
      case Event.TaskCreated e ->
          tell(LifecycleType.TASK_CREATED, new Place(e.task(), e.reference()));
      case Event.TaskStarted e -> {
        // Before the schemas of a task are fetched, it has not begun.
        if (e.fetch() == null) {
          started(run(event));
        }
      }
      case Event.LoopStarted _, Event.WaitStarted _, Event.ChildStarted _ -> started(run(event));
      case Event.FunctionCalled _ -> {
        // One that had to be fetched has been started by that.
        if (run(event).startedAt() == null) {
          started(run(event));
        }
      }
      case Event.TaskRetried _ -> tell(LifecycleType.TASK_RETRIED, place(run(event)));
      case Event.TaskCompleted e -> completed(run(e), e.output());
      case Event.TaskFaulted e -> tell(LifecycleType.TASK_FAULTED, place(run(e)), error(e.error()));
      case Event.TaskCancelled _ -> tell(LifecycleType.TASK_CANCELLED, place(run(event)));
      case Event.TaskSkipped _,
          Event.TaskSettled _,
          Event.FunctionFetched _,
          Event.SchemaFetched _,
          Event.HumanTaskOpened _,
          Event.HumanTaskAssigned _,
          Event.CloudEventConsumed _,
          Event.MessageConsumed _,
          Event.MessageHandled _,
          Event.CloudEventHandled _,
          Event.CompensationStarted _,
          Event.ErrorCaught _ -> {}
    }
    Fold.apply(execution, event, time);
  }

  private void started(TaskRun run) {
    tell(LifecycleType.TASK_STARTED, place(run));
    if (run.task() instanceof Task.Listen) {
      tell(LifecycleType.WORKFLOW_CORRELATION_STARTED, null, _ -> {}, run.id());
    }
  }

  private void completed(TaskRun run, @Nullable JsonNode output) {
    if (run.progress() instanceof Progress.Listening listening) {
      tell(
          LifecycleType.WORKFLOW_CORRELATION_COMPLETED,
          null,
          data -> {
            if (!listening.keys().isEmpty()) {
              ObjectNode keys = data.putObject("correlationKeys");
              listening.keys().forEach((key, value) -> keys.set(key, hide.apply(value)));
            }
          },
          run.id());
    }
    JsonNode result = output != null ? output : run.data();
    tell(LifecycleType.TASK_COMPLETED, place(run), output(result));
  }

  private Consumer<ObjectNode> output(@Nullable JsonNode output) {
    return data -> {
      if (output != null && !output.isNull()) {
        data.set("output", hide.apply(output));
      }
    };
  }

  private Consumer<ObjectNode> error(WorkflowError error) {
    return data ->
        data.set(
            "error",
            new WorkflowError(
                    error.type(),
                    error.status(),
                    hidden(error.title()),
                    hidden(error.detail()),
                    error.instance())
                .toJson());
  }

  private @Nullable String hidden(@Nullable String text) {
    return text == null ? null : hide.apply(TextNode.valueOf(text)).asText();
  }

  private TaskRun run(Event.TaskEvent event) {
    TaskRun run = execution.run(event.task());
    if (run == null) {
      throw new IllegalStateException(
          "the history of " + execution.id() + " names a run that is not there: " + event.task());
    }
    return run;
  }

  private static Place place(TaskRun run) {
    return new Place(run.id(), run.reference());
  }

  /** A run of a task, and its task's place in the definition. */
  record Place(long run, String reference) {}

  private void tell(LifecycleType type, @Nullable Place task) {
    tell(type, task, _ -> {});
  }

  private void tell(LifecycleType type, @Nullable Place task, Consumer<ObjectNode> more) {
    tell(type, task, more, task == null ? null : task.run());
  }

  /**
   * Adds an event.
   *
   * @param task that it is about; null for the execution
   * @param run tells it from its like of the same entry of the history; null where there is one
   */
  private void tell(
      LifecycleType type, @Nullable Place task, Consumer<ObjectNode> more, @Nullable Long run) {
    List<LifecycleEvent> events = told;
    if (events == null) {
      return;
    }
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    if (task == null) {
      data.put("name", name);
    } else {
      data.put("workflow", name).put("task", task.reference());
    }
    data.put(type.timeMember(), time.toString());
    more.accept(data);
    String id = execution.id() + ":" + index + ":" + type.word() + (run == null ? "" : ":" + run);
    events.add(new LifecycleEvent(id, type, source(), execution.id(), time, data));
  }

  /** The definition that it runs at that time. */
  private String source() {
    Document document = execution.definition().document();
    return "/" + document.namespace() + "/" + document.name() + "/" + document.version();
  }
}
