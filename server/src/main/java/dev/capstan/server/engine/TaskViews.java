package dev.capstan.server.engine;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.EventMatching;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.dsl.model.Task;
import dev.capstan.server.gateway.Views.TaskView;
import dev.capstan.server.nodes.AttemptProgress;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionReader.WaitingTask;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The runs of tasks that are alive, each with why it does not run if it doesn't. */
final class TaskViews {
  private final NodeDirectory nodes;
  private final PartitionReader reader;

  TaskViews(NodeDirectory nodes, PartitionReader reader) {
    this.nodes = nodes;
    this.reader = reader;
  }

  List<TaskView> of(Execution execution) {
    List<TaskView> views = new ArrayList<>();
    for (TaskRun run : execution.runs()) {
      if (run.parent() != null) {
        views.add(view(execution, run, reader.waiting(execution.id(), run.id())));
      }
    }
    return views;
  }

  private TaskView view(Execution execution, TaskRun run, @Nullable WaitingTask waiting) {
    AttemptProgress progress = progress(execution, run);
    TaskRun parent = run.parent();
    return new TaskView(
        run.id(),
        parent == null ? 0 : parent.id(),
        run.task().name(),
        run.reference(),
        run.iteration(),
        run.status(),
        run.attempt(),
        run.node(),
        run.startedAt(),
        dueAt(run),
        reason(execution, run, waiting),
        progress == null || progress.fraction() < 0 ? null : progress.fraction(),
        progress == null || progress.message().isEmpty() ? null : progress.message());
  }

  private @Nullable AttemptProgress progress(Execution execution, TaskRun run) {
    String node = run.node();
    return node == null
        ? null
        : nodes.progress(
            node, new AttemptToken(execution.id(), run.id(), run.attempt(), run.epoch()));
  }

  private static @Nullable Instant dueAt(TaskRun run) {
    return switch (run.progress()) {
      case Progress.Waiting waiting -> waiting.until();
      case Progress.Attempts attempts -> attempts.retryAt();
      case Progress.Plain _,
          Progress.Loop _,
          Progress.Branches _,
          Progress.Child _,
          Progress.Listening _ ->
          run.deadline();
    };
  }

  private @Nullable String reason(Execution execution, TaskRun run, @Nullable WaitingTask waiting) {
    if (execution.isSuspended() && run.node() == null) {
      return "the execution is suspended";
    }
    if (waiting != null && run.node() == null) {
      return nodes.whyWaiting(waiting.kind(), waiting.metadata());
    }
    return switch (run.progress()) {
      case Progress.Waiting waits -> "waits until " + waits.until();
      case Progress.Attempts attempts ->
          attempts.retryAt() == null ? null : "runs again at " + attempts.retryAt();
      case Progress.Child child -> "waits for execution " + child.execution();
      case Progress.Listening listening -> listens(run, listening);
      case Progress.Plain _, Progress.Loop _, Progress.Branches _ -> null;
    };
  }

  private static String listens(TaskRun run, Progress.Listening listening) {
    List<String> types =
        run.task() instanceof Task.Listen task ? EventMatching.types(task.to()) : List.of();
    String what =
        types.isEmpty() ? "cloud events" : "cloud events of type " + String.join(", ", types);
    return "waits for " + what + ", " + listening.consumed().size() + " taken so far";
  }
}
