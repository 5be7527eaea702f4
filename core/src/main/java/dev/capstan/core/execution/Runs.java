package dev.capstan.core.execution;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The runs of an execution: by id, which is the order of their creation, and by the run around
 * them. A question about a few of them costs no more where there are thousands, as in a loop whose
 * iterations run at the same time.
 */
final class Runs {
  private final Supplier<NavigableMap<Long, TaskRun>> maps;
  private final NavigableMap<Long, TaskRun> all;
  private final Map<Long, NavigableMap<Long, TaskRun>> inside = new HashMap<>();
  private int waiting;
  private int busy;

  /**
   * @param maps makes the maps that it is kept in
   */
  Runs(Supplier<NavigableMap<Long, TaskRun>> maps) {
    this.maps = maps;
    this.all = maps.get();
  }

  void add(TaskRun run) {
    all.put(run.id(), run);
    TaskRun parent = run.parent();
    if (parent != null) {
      inside.computeIfAbsent(parent.id(), _ -> maps.get()).put(run.id(), run);
    }
    run.joins(this);
  }

  void remove(TaskRun run) {
    if (all.remove(run.id()) == null) {
      return;
    }
    TaskRun parent = run.parent();
    NavigableMap<Long, TaskRun> siblings = parent == null ? null : inside.get(parent.id());
    if (parent != null && siblings != null) {
      siblings.remove(run.id());
      if (siblings.isEmpty()) {
        inside.remove(parent.id());
      }
    }
    run.leaves(this);
  }

  /** Removes all inside of a run, however deep. */
  void removeBelow(TaskRun scope) {
    below(scope).forEach(this::remove);
  }

  @Nullable TaskRun get(long id) {
    return all.get(id);
  }

  /** All, in the order of their creation. */
  Collection<TaskRun> all() {
    return Collections.unmodifiableCollection(all.values());
  }

  /** Those directly inside of a run, in the order of their creation. */
  Collection<TaskRun> in(TaskRun scope) {
    NavigableMap<Long, TaskRun> runs = inside.get(scope.id());
    return runs == null ? List.of() : Collections.unmodifiableCollection(runs.values());
  }

  /** Those inside of a run, however deep, the last one created first. */
  List<TaskRun> below(TaskRun scope) {
    List<TaskRun> below = new ArrayList<>(in(scope));
    for (int i = 0; i < below.size(); i++) {
      below.addAll(in(below.get(i)));
    }
    below.sort(Comparator.comparingLong(TaskRun::id).reversed());
    return below;
  }

  /** Whether some wait for something to come, and none for a node or a node's result. */
  boolean onlyWait() {
    return waiting > 0 && busy == 0;
  }

  /** A run is, or is no more, what it says it is. */
  void count(TaskRun run, int by) {
    switch (run.status()) {
      case WAITING -> waiting += by;
      case PENDING -> busy += by;
      case RUNNING -> busy += run.node() == null ? 0 : by;
      case SUSPENDED, CANCELLED, FAULTED, COMPLETED -> {}
    }
  }
}
