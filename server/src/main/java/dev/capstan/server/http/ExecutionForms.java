package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.TaskView;
import dev.capstan.server.http.json.Described;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How executions and their parts look. */
final class ExecutionForms {
  private ExecutionForms() {}

  @Described("Names a definition")
  record Workflow(
      String namespace,
      String name,
      @Described("Without it the latest") @Nullable String version) {}

  @Described("One run of a workflow")
  record Execution(
      String id,
      Workflow workflow,
      Status status,
      @Described("Not in lists") @Nullable JsonNode input,
      @Described("When completed; not in lists") @Nullable JsonNode output,
      @Described("When faulted") Wire.@Nullable ErrorObject error,
      Map<String, String> labels,
      Instant startedAt,
      @Nullable Instant endedAt,
      String startedBy,
      @Described("Execution that started this one") @Nullable String parent,
      @Described("Execution that goes on as this one") @Nullable String continuedFrom,
      @Described(
              "Execution that this one, which is completed, goes on as: its outcome is the outcome")
          @Nullable String continuedAs,
      @Described("Tasks that are alive; not in lists") @Nullable List<TaskRun> tasks) {

    static Execution of(ExecutionView view) {
      return of(view, view.tasks().stream().map(TaskRun::of).toList());
    }

    static Execution listed(ExecutionView view) {
      return of(view, null);
    }

    private static Execution of(ExecutionView view, @Nullable List<TaskRun> tasks) {
      return new Execution(
          view.id(),
          new Workflow(view.namespace(), view.name(), view.version()),
          view.status(),
          view.input(),
          view.output(),
          Wire.ErrorObject.of(view.error()),
          view.labels(),
          view.startedAt(),
          view.endedAt(),
          view.startedBy(),
          view.parent(),
          view.continuedFrom(),
          view.continuedAs(),
          tasks);
    }
  }

  @Described("A run of a task that is alive")
  record TaskRun(
      @Described("Names the run in the whole cluster; GET /v1/tasks/{id}/explanation takes it")
          String id,
      @Described("Number of the run within its execution") long run,
      @Described("Run that it is part of") long parent,
      String name,
      @Described("JSON pointer of the task in the definition") String reference,
      int iteration,
      Status status,
      int attempt,
      @Nullable String node,
      @Nullable Instant startedAt,
      @Described("When it goes on by itself") @Nullable Instant dueAt,
      @Described("Why it does not run") @Nullable String reason,
      @Described("0 to 1, as the task says") @Nullable Double progress,
      @Nullable String progressMessage) {

    static TaskRun of(TaskView view) {
      return new TaskRun(
          view.id().toString(),
          view.run(),
          view.parent(),
          view.name(),
          view.reference(),
          view.iteration(),
          view.status(),
          view.attempt(),
          view.node(),
          view.startedAt(),
          view.dueAt(),
          view.reason(),
          view.progress(),
          view.progressMessage());
    }
  }

  @Described("Something that happened in an execution")
  record HistoryEvent(
      @Described("Its place in the history, from 0, without gaps") long index,
      Instant time,
      @Described("Such as execution.started, task.completed") String type,
      @Described("Name of the task") @Nullable String task,
      @Described("JSON pointer of the task in the definition") @Nullable String reference,
      @Described("Names the task's run in the whole cluster") @Nullable String taskId,
      @Nullable Long run,
      @Nullable Long parent,
      @Nullable Integer iteration,
      @Nullable Integer attempt,
      @Nullable String node,
      @Nullable JsonNode input,
      @Nullable JsonNode output,
      Wire.@Nullable ErrorObject error,
      @Nullable Instant dueAt,
      @Nullable String reason,
      @Described("Who asked for it") @Nullable String by) {

    static HistoryEvent of(HistoryEntry entry) {
      TaskId taskId = entry.taskId();
      return new HistoryEvent(
          entry.index(),
          entry.time(),
          entry.type(),
          entry.task(),
          entry.reference(),
          taskId == null ? null : taskId.toString(),
          entry.run(),
          entry.parent(),
          entry.iteration(),
          entry.attempt(),
          entry.node(),
          entry.input(),
          entry.output(),
          Wire.ErrorObject.of(entry.error()),
          entry.dueAt(),
          entry.reason(),
          entry.by());
    }
  }
}
