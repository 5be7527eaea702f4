package dev.capstan.cli.live;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run of a task, or the execution itself, as far as its history has been seen. Guarded by its
 * {@link LiveTree}.
 */
final class LiveTask {
  final String name;
  final List<LiveTask> children = new ArrayList<>();
  final @Nullable LiveTask parent;
  final @Nullable Integer iteration;
  TaskState state = TaskState.PENDING;
  int attempt;
  @Nullable Instant createdAt;
  @Nullable Instant startedAt;
  @Nullable Instant endedAt;
  @Nullable Instant dueAt;
  @Nullable String node;
  @Nullable String note;
  @Nullable String lastLine;
  @Nullable Double progress;

  LiveTask(String name, @Nullable LiveTask parent, @Nullable Integer iteration) {
    this.name = name;
    this.parent = parent;
    this.iteration = iteration;
  }

  /**
   * The children worth showing: of a loop, those of its latest iteration, what still runs beside
   * it, and what went wrong before.
   */
  List<LiveTask> shownChildren() {
    int latest = latestIteration();
    if (latest < 0) {
      return children;
    }
    return children.stream()
        .filter(child ->
            child.iteration == null
                || child.iteration == latest
                || child.endedAt == null
                || child.state == TaskState.FAULTED)
        .toList();
  }

  /** The number of the latest iteration; -1 for what is no loop. */
  int latestIteration() {
    return children.stream()
        .mapToInt(child -> child.iteration == null ? -1 : child.iteration)
        .max()
        .orElse(-1);
  }

  /** How long it has taken until now, or until its end; null before it began. */
  @Nullable Duration duration(Instant now) {
    Instant from = startedAt == null ? createdAt : startedAt;
    return from == null ? null : Duration.between(from, endedAt == null ? now : endedAt);
  }
}
