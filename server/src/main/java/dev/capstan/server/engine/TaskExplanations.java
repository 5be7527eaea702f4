package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Task;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.TaskExplanation;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Says of any task that a history tells of where it is and why. */
final class TaskExplanations {
  private static final int PIECE = 1_000;

  private final PartitionReader reader;
  private final TaskViews views;
  private final Redaction redaction;

  TaskExplanations(PartitionReader reader, TaskViews views, Redaction redaction) {
    this.reader = reader;
    this.views = views;
    this.redaction = redaction;
  }

  /**
   * @throws Refusal if the execution has no such task
   */
  TaskExplanation of(TaskId id, Summary summary, Definition definition) {
    if (!summary.status().hasEnded()) {
      Execution execution = reader.replay(summary.id());
      TaskRun run = execution == null ? null : execution.run(id.run());
      if (execution != null && run != null && isThere(run)) {
        return views.explain(execution, run);
      }
    }
    return ofHistory(id, summary, definition);
  }

  /**
   * The execution's own list of tasks is nobody's business but while schemas are fetched for it.
   */
  private static boolean isThere(TaskRun run) {
    boolean isTask = run.parent() != null;
    return isTask
        ? !run.status().hasEnded()
        : run.status() == Status.PENDING || run.fetching() != null;
  }

  /** A task that has ended is in its history and nowhere else. */
  private TaskExplanation ofHistory(TaskId id, Summary summary, Definition definition) {
    HistoryProjection projection =
        new HistoryProjection(summary.id(), reader.definitions(), redaction);
    Last last = new Last(id);
    boolean more = true;
    while (more) {
      long next = projection.nextIndex();
      for (Event.Recorded recorded : reader.history(summary.id(), next, PIECE)) {
        projection.next(recorded).forEach(last::see);
      }
      more = projection.nextIndex() > next;
    }
    return last.explanation(summary, definition);
  }

  /** What a history said last of a task. */
  private static final class Last {
    private final TaskId id;
    private @Nullable HistoryEntry entry;
    private @Nullable String node;
    private int attempt;

    Last(TaskId id) {
      this.id = id;
    }

    void see(HistoryEntry seen) {
      if (!id.equals(seen.taskId())) {
        return;
      }
      entry = seen;
      if (seen.type().equals("task.started")) {
        node = seen.node();
        attempt = seen.attempt() == null ? 0 : seen.attempt();
      }
    }

    TaskExplanation explanation(Summary summary, Definition definition) {
      HistoryEntry said = entry;
      if (said == null || said.task() == null || said.reference() == null) {
        throw new Refusal(
            Refusal.Code.NOT_FOUND,
            "Execution " + id.execution() + " has had no task " + id,
            "capstan history " + id.execution() + " tells the ids of its tasks");
      }
      Instant end = summary.endedAt();
      boolean ended = said.type().matches("task\\.(completed|faulted|cancelled)");
      // A task of a function that was fetched is not in the definition.
      Task task = definition.find(said.reference());
      JsonNode wants = task == null ? null : task.header().metadata().get("capstan");
      return new TaskExplanation(
          id,
          id.execution(),
          said.task(),
          said.reference(),
          ended || end == null ? status(said.type()) : summary.status(),
          attempt,
          node,
          ended || end == null ? said.time() : end,
          ended || end == null
              ? sentence(said)
              : "its execution has ended before it: it is " + summary.status().word(),
          wants);
    }

    private static Status status(String type) {
      return switch (type) {
        case "task.completed" -> Status.COMPLETED;
        case "task.faulted" -> Status.FAULTED;
        default -> Status.CANCELLED;
      };
    }

    private static String sentence(HistoryEntry said) {
      WorkflowError error = said.error();
      if (error != null) {
        String detail = error.detail() == null ? error.title() : error.detail();
        return "it faulted" + (detail == null ? "" : ": " + detail);
      }
      if (said.type().equals("task.completed")) {
        return "it completed";
      }
      return "it was cancelled" + (said.reason() == null ? "" : ": " + said.reason());
    }
  }
}
