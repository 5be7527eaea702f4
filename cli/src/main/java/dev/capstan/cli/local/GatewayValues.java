package dev.capstan.cli.local;

import dev.capstan.client.CapstanException;
import dev.capstan.client.ErrorObject;
import dev.capstan.client.Execution;
import dev.capstan.client.Finding;
import dev.capstan.client.HistoryEvent;
import dev.capstan.client.Problem;
import dev.capstan.client.TaskRun;
import dev.capstan.client.WorkflowName;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.TaskView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's values as those of the client, so that a command does not care where an execution
 * runs.
 */
final class GatewayValues {
  private GatewayValues() {}

  static Execution execution(ExecutionView view) {
    return new Execution(
        view.id(),
        new WorkflowName(view.namespace(), view.name(), view.version()),
        view.status().word(),
        view.input(),
        view.output(),
        error(view.error()),
        view.labels(),
        view.startedAt(),
        view.endedAt(),
        view.startedBy(),
        view.parent(),
        view.continuedFrom(),
        view.continuedAs(),
        view.tasks().stream().map(GatewayValues::task).toList());
  }

  private static TaskRun task(TaskView view) {
    return new TaskRun(
        view.id().toString(),
        view.run(),
        view.parent(),
        view.name(),
        view.reference(),
        view.iteration(),
        view.status().word(),
        view.attempt(),
        view.node(),
        view.startedAt(),
        view.dueAt(),
        view.reason(),
        view.progress(),
        view.progressMessage());
  }

  static HistoryEvent event(HistoryEntry entry) {
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
        error(entry.error()),
        entry.dueAt(),
        entry.reason(),
        entry.by());
  }

  private static @Nullable ErrorObject error(@Nullable WorkflowError error) {
    return error == null
        ? null
        : new ErrorObject(
            error.type(), error.status(), error.title(), error.detail(), error.instance());
  }

  static CapstanException exception(Refusal refusal) {
    List<Finding> findings =
        refusal.details().stream()
            .map(detail ->
                new Finding(
                    detail.code(),
                    detail.pointer(),
                    detail.line() > 0 ? detail.line() : null,
                    detail.column() > 0 ? detail.column() : null,
                    detail.message(),
                    detail.hint()))
            .toList();
    Refusal.Code code = refusal.code();
    boolean unknown = code == Refusal.Code.OUTCOME_UNKNOWN;
    return CapstanException.of(
        new Problem(
            null,
            null,
            code.httpStatus(),
            String.valueOf(refusal.getMessage()),
            null,
            code.id(),
            refusal.hint(),
            refusal.retryAfter() != null,
            refusal.retryAfter() == null ? null : refusal.retryAfter().toMillis(),
            unknown ? "unknown" : "no",
            findings,
            null));
  }
}
