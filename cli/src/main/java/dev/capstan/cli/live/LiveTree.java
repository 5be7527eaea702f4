package dev.capstan.cli.live;

import dev.capstan.client.ErrorObject;
import dev.capstan.client.Execution;
import dev.capstan.client.HistoryEvent;
import dev.capstan.client.OutputPiece;
import dev.capstan.client.TaskProgress;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An execution as a tree of task runs, folded from its history. May be used by any thread; what is
 * drawn is drawn under its lock.
 */
public final class LiveTree {
  private final LiveTask root;
  private final String id;
  private final Predicate<String> waits;
  private final Map<Long, LiveTask> runs = new HashMap<>();
  private @Nullable TaskState beforeSuspension;

  /**
   * A tree that knows nothing yet.
   *
   * @param name of the workflow
   * @param id of the execution
   * @param waits whether the task with this reference does nothing but wait for events
   */
  public LiveTree(String name, String id, Predicate<String> waits) {
    this.root = new LiveTask(name, null, null);
    this.id = id;
    this.waits = waits;
    runs.put(0L, root);
  }

  String id() {
    return id;
  }

  LiveTask root() {
    return root;
  }

  /** Takes the next event of the history. Types that it does not know change nothing. */
  public synchronized void apply(HistoryEvent event) {
    switch (event.type()) {
      case "execution.started" -> begin(root, event, TaskState.RUNNING);
      case "execution.suspended" -> suspend(event);
      case "execution.resumed" ->
          root.state = beforeSuspension == null ? TaskState.RUNNING : beforeSuspension;
      case "execution.retried" -> goOn();
      case "execution.completed" -> end(root, TaskState.COMPLETED, event);
      case "execution.faulted" -> end(root, TaskState.FAULTED, event);
      case "execution.cancelled" -> end(root, TaskState.CANCELLED, event);
      case "task.created" -> create(event);
      case "task.skipped" -> skip(event);
      default -> applyToRun(event);
    }
  }

  private void applyToRun(HistoryEvent event) {
    if (event.type().equals("compensation.started") && event.run() == null) {
      root.note = "undoing: " + words(event.error());
    }
    LiveTask task = event.run() == null ? null : runs.get(event.run());
    if (task == null) {
      return;
    }
    switch (event.type()) {
      case "task.started" -> start(task, event);
      case "task.retried" -> retry(task, event);
      case "compensation.started" -> task.note = "undoing: " + words(event.error());
      case "task.caught" -> task.note = "caught " + words(event.error());
      case "task.completed" -> end(task, TaskState.COMPLETED, event);
      case "task.faulted" -> end(task, TaskState.FAULTED, event);
      case "task.cancelled" -> end(task, TaskState.CANCELLED, event);
      default -> {
        // Says nothing about where the task stands.
      }
    }
  }

  private void suspend(HistoryEvent event) {
    beforeSuspension = root.state;
    root.state = TaskState.SUSPENDED;
    root.note = event.reason();
  }

  private void goOn() {
    root.state = TaskState.RUNNING;
    root.endedAt = null;
    root.note = null;
  }

  private void create(HistoryEvent event) {
    if (event.run() == null) {
      return;
    }
    LiveTask parent = runs.getOrDefault(event.parent() == null ? 0L : event.parent(), root);
    LiveTask task = new LiveTask(name(event), parent, event.iteration());
    task.createdAt = event.time();
    runs.put(event.run(), task);
    parent.children.add(task);
    if (parent.state == TaskState.RETRYING) {
      parent.state = TaskState.RUNNING;
      parent.dueAt = null;
      parent.note = null;
    }
  }

  private void skip(HistoryEvent event) {
    LiveTask parent = runs.getOrDefault(event.parent() == null ? 0L : event.parent(), root);
    LiveTask task = new LiveTask(name(event), parent, event.iteration());
    task.state = TaskState.SKIPPED;
    parent.children.add(task);
  }

  private void start(LiveTask task, HistoryEvent event) {
    boolean waiting =
        event.dueAt() != null || (event.reference() != null && waits.test(event.reference()));
    begin(task, event, waiting ? TaskState.WAITING : TaskState.RUNNING);
    if (event.attempt() != null) {
      task.attempt = event.attempt();
    }
    task.node = event.node();
    task.lastLine = null;
    task.progress = null;
  }

  private static void begin(LiveTask task, HistoryEvent event, TaskState state) {
    task.state = state;
    if (task.startedAt == null) {
      task.startedAt = event.time();
    }
    task.dueAt = event.dueAt();
    task.note = null;
  }

  /** The runs of the former attempt are history. */
  private static void retry(LiveTask task, HistoryEvent event) {
    task.children.clear();
    task.state = TaskState.RETRYING;
    task.attempt = event.attempt() == null ? task.attempt + 1 : event.attempt();
    task.dueAt = event.dueAt();
    task.note = event.error() == null ? event.reason() : words(event.error());
    task.node = null;
  }

  private static void end(LiveTask task, TaskState state, HistoryEvent event) {
    task.state = state;
    task.endedAt = event.time();
    task.dueAt = null;
    task.progress = null;
    if (state == TaskState.FAULTED) {
      task.note = words(event.error());
    } else if (state == TaskState.CANCELLED) {
      task.note = event.reason();
    } else {
      task.note = null;
    }
  }

  /** Takes a piece of what a task printed: its last whole or begun line is shown. */
  public synchronized void apply(OutputPiece piece) {
    LiveTask task = runs.get(piece.run());
    if (task != null) {
      piece.text().lines().filter(line -> !line.isBlank()).forEach(line -> task.lastLine = line);
    }
  }

  /** Takes how far a task says it is. */
  public synchronized void apply(TaskProgress progress) {
    LiveTask task = runs.get(progress.run());
    if (task != null) {
      task.progress = progress.fraction();
      task.lastLine = progress.message().isEmpty() ? task.lastLine : progress.message();
    }
  }

  /** Takes the end, also when the history that was seen does not reach that far. */
  public synchronized void apply(Execution execution) {
    root.state = TaskState.ofStatus(execution.status());
    root.startedAt = execution.startedAt();
    root.endedAt = execution.endedAt();
    if (execution.error() != null) {
      root.note = words(execution.error());
    }
  }

  private static String name(HistoryEvent event) {
    return event.task() == null
        ? String.valueOf(event.reference())
        : RunName.of(event.task(), event.reference());
  }

  /** An error in a few words: its kind, its status and what it says. */
  static String words(@Nullable ErrorObject error) {
    if (error == null) {
      return "an error";
    }
    String kind = error.type().substring(error.type().lastIndexOf('/') + 1);
    String detail = error.detail() != null ? error.detail() : error.title();
    return kind + " " + error.status() + (detail == null ? "" : ": " + detail);
  }
}
