package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.EventMatching;
import dev.capstan.core.decision.Interacting;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.HumanTask;
import dev.capstan.core.placement.Demand;
import dev.capstan.dsl.model.Interaction;
import dev.capstan.dsl.model.Task;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.TaskExplanation;
import dev.capstan.server.gateway.Views.TaskView;
import dev.capstan.server.nodes.AttemptProgress;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionReader.WaitingTask;
import dev.capstan.server.partition.PartitionRequests;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The runs of tasks that are alive, each with why it does not run if it doesn't. */
final class TaskViews {
  private final PartitionRequests partition;
  private final NodeDirectory nodes;
  private final PartitionReader reader;
  private final Redaction redaction;

  TaskViews(
      PartitionRequests partition,
      NodeDirectory nodes,
      PartitionReader reader,
      Redaction redaction) {
    this.redaction = redaction;
    this.partition = partition;
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

  /** Why a run is where it is, or why it waits. */
  TaskExplanation explain(Execution execution, TaskRun run) {
    WaitingTask waiting = reader.waiting(execution.id(), run.id());
    JsonNode wants = run.task().header().metadata().get("capstan");
    return new TaskExplanation(
        new TaskId(execution.id(), run.id()),
        execution.id(),
        run.task().name(),
        run.reference(),
        run.status(),
        run.attempt(),
        run.node(),
        since(run, waiting),
        sentence(execution, run, waiting),
        wants);
  }

  private static Instant since(TaskRun run, @Nullable WaitingTask waiting) {
    if (run.node() == null && waiting != null) {
      return waiting.since();
    }
    Instant started = run.status() == Status.PENDING ? null : run.startedAt();
    return started == null ? run.pendingSince() : started;
  }

  private String sentence(Execution execution, TaskRun run, @Nullable WaitingTask waiting) {
    String node = run.node();
    if (run.fetching() != null) {
      return "its node fetches the schema at " + run.fetching().reference() + ", to begin with";
    }
    if (node != null) {
      return nodes.whyThere(node, Demand.of("", metadata(run)), run.boundTo() != null);
    }
    String reason = reason(execution, run, waiting);
    if (reason != null) {
      return reason;
    }
    return run.status() == Status.PENDING ? "it is about to begin" : "the tasks in it go on";
  }

  private static JsonNode metadata(TaskRun run) {
    JsonNode wants = run.task().header().metadata().get("capstan");
    return wants == null ? NullNode.getInstance() : wants;
  }

  private TaskView view(Execution execution, TaskRun run, @Nullable WaitingTask waiting) {
    AttemptProgress progress = progress(execution, run);
    TaskRun parent = run.parent();
    return new TaskView(
        new TaskId(execution.id(), run.id()),
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
        reasonAndSince(execution, run, waiting),
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
          Progress.Parallel _,
          Progress.Branches _,
          Progress.Extending _,
          Progress.Child _,
          Progress.Consuming _,
          Progress.Listening _ ->
          run.deadline();
    };
  }

  private @Nullable String reasonAndSince(
      Execution execution, TaskRun run, @Nullable WaitingTask waiting) {
    String reason = reason(execution, run, waiting);
    return waiting != null && run.node() == null && !execution.isSuspended()
        ? reason + "; it waits since " + waiting.since()
        : reason;
  }

  private @Nullable String reason(Execution execution, TaskRun run, @Nullable WaitingTask waiting) {
    if (execution.isSuspended() && run.node() == null) {
      return "the execution is suspended";
    }
    if (waiting != null && run.node() == null) {
      String held = partition.heldBack(waiting.metadata());
      return held != null ? held : nodes.board().whyWaiting(waiting.kind(), waiting.metadata());
    }
    return switch (run.progress()) {
      case Progress.Waiting waits -> "waits until " + waits.until();
      case Progress.Attempts attempts ->
          attempts.retryAt() == null ? null : "runs again at " + attempts.retryAt();
      case Progress.Child child -> "waits for execution " + child.execution();
      case Progress.Consuming consuming ->
          "waits for messages, " + consuming.consumed().size() + " taken so far";
      case Progress.Listening listening -> listens(run, listening);
      case Progress.Extending extending -> stage(run, extending);
      case Progress.Parallel loop ->
          loop.done() + " of " + loop.count() + " iterations have ended, " + loop.open() + " run";
      case Progress.Plain _, Progress.Loop _, Progress.Branches _ -> null;
    };
  }

  /** Tells the run of a task with its extensions from that of the task itself, which is in it. */
  private static @Nullable String stage(TaskRun run, Progress.Extending extending) {
    if (!(run.task() instanceof Task.Extended extended)) {
      return null;
    }
    int itself = extended.taskStage();
    return extending.stage() < itself
        ? "extensions run before it"
        : extending.stage() == itself
            ? "holds the task itself and its extensions"
            : "extensions run after it";
  }

  private String listens(TaskRun run, Progress.Listening listening) {
    HumanTask human = listening.human();
    if (human != null) {
      return redaction.hide(decides(human));
    }
    List<String> types =
        run.task() instanceof Task.Listen task ? EventMatching.types(task.to()) : List.of();
    String what =
        types.isEmpty() ? "cloud events" : "cloud events of type " + String.join(", ", types);
    String asked =
        Interacting.of(run) instanceof Interaction.Update update
            ? "the update \"" + update.name() + "\" or for "
            : "";
    return "waits for " + asked + what + ", " + listening.consumed().size() + " taken so far";
  }

  private static String decides(HumanTask asked) {
    String who =
        asked.assignee() != null
            ? asked.assignee()
            : asked.candidates().isEmpty()
                ? "a person"
                : "one of " + String.join(", ", asked.candidates());
    String due = asked.dueAt() == null ? "" : ", due " + asked.dueAt();
    return "waits for " + who + " to decide \"" + asked.title() + "\"" + due;
  }
}
