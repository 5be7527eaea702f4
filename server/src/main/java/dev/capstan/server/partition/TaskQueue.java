package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that wait for a node. Tasks that want the same of a node stand in one line, first come
 * first served: when there is no node for the first of a line there is none for the others, so a
 * line costs one look however long it is. A line is looked at when something joins it and when
 * slots become free, and at no other time. Owned by the partition's thread.
 */
final class TaskQueue {
  private static final Comparator<Line> ORDER =
      Comparator.comparingInt((Line line) -> -line.priority)
          .thenComparingLong(line -> line.first().queued);

  private final Map<RunKey, Waiting> byRun = new HashMap<>();
  private final Map<Demand, Line> lines = new LinkedHashMap<>();

  /** What a task wants of a node. */
  private record Demand(String kind, JsonNode metadata) {}

  /** A task in a line. */
  static final class Waiting {
    private final RunKey run;
    private final Line line;
    private final long queued;
    private @Nullable Waiting before;
    private @Nullable Waiting after;

    /** Whether the task's row says that it waits. */
    boolean stored;

    private Waiting(RunKey run, Line line, long queued) {
      this.run = run;
      this.line = line;
      this.queued = queued;
    }

    RunKey run() {
      return run;
    }

    String kind() {
      return line.demand.kind;
    }

    JsonNode metadata() {
      return line.demand.metadata;
    }

    /** Its place in the order of waiting; smaller came first. */
    long queued() {
      return queued;
    }
  }

  private static final class Line {
    private final Demand demand;
    private final int priority;
    private @Nullable Waiting first;
    private @Nullable Waiting last;
    private int length;
    private boolean blocked;

    Line(Demand demand) {
      this.demand = demand;
      this.priority = demand.metadata.path("priority").asInt(0);
    }

    Waiting first() {
      if (first == null) {
        throw new IllegalStateException("nobody is in the line");
      }
      return first;
    }
  }

  /** Puts a task at the end of its line, unless it waits already. */
  Waiting add(RunKey run, String kind, JsonNode metadata, long queued) {
    Waiting present = byRun.get(run);
    if (present != null) {
      return present;
    }
    Line line = lines.computeIfAbsent(new Demand(kind, metadata), Line::new);
    Waiting task = new Waiting(run, line, queued);
    task.before = line.last;
    if (line.last == null) {
      line.first = task;
    } else {
      line.last.after = task;
    }
    line.last = task;
    line.length++;
    if (line.length == 1) {
      line.blocked = false;
    }
    byRun.put(run, task);
    return task;
  }

  /** Takes a task out of its line; null if it does not wait. */
  @Nullable Waiting remove(RunKey run) {
    Waiting task = byRun.remove(run);
    if (task == null) {
      return null;
    }
    Line line = task.line;
    if (task.before == null) {
      line.first = task.after;
    } else {
      task.before.after = task.after;
    }
    if (task.after == null) {
      line.last = task.before;
    } else {
      task.after.before = task.before;
    }
    if (--line.length == 0) {
      lines.remove(line.demand);
    }
    return task;
  }

  /** The task's place in a line; null if it does not wait. */
  @Nullable Waiting find(RunKey run) {
    return byRun.get(run);
  }

  /** Lets every line be looked at again. */
  void unblock() {
    lines.values().forEach(line -> line.blocked = false);
  }

  /** Whether some line is to be looked at. */
  boolean hasWork() {
    for (Line line : lines.values()) {
      if (!line.blocked) {
        return true;
      }
    }
    return false;
  }

  /**
   * Looks at each line that is to be looked at, in the order of priority and waiting, until the
   * visitor has no place for its first.
   */
  void visit(Visitor visitor) {
    PriorityQueue<Line> open = new PriorityQueue<>(ORDER);
    lines.values().stream().filter(line -> !line.blocked).forEach(open::add);
    while (!open.isEmpty()) {
      Line line = open.poll();
      Waiting first = line.first();
      switch (visitor.visit(first)) {
        case STOP -> {
          return;
        }
        case NO_PLACE -> line.blocked = true;
        case TAKEN -> {
          if (line.first == first) {
            throw new IllegalStateException("a task that was taken is still in line");
          }
          if (line.length > 0) {
            open.add(line);
          }
        }
      }
    }
  }

  int size() {
    return byRun.size();
  }

  Collection<Waiting> all() {
    return List.copyOf(byRun.values());
  }

  /** How many tasks wait, by kind. */
  Map<String, Integer> lengths() {
    Map<String, Integer> lengths = new HashMap<>();
    for (Line line : lines.values()) {
      lengths.merge(line.demand.kind, line.length, Integer::sum);
    }
    return lengths;
  }

  void clear() {
    byRun.clear();
    lines.clear();
  }

  /** Fills an empty queue in the order of waiting. */
  void restore(List<Stored> tasks) {
    List<Stored> ordered = new ArrayList<>(tasks);
    ordered.sort(Comparator.comparingLong(Stored::queued));
    for (Stored task : ordered) {
      add(task.run(), task.kind(), task.metadata(), task.queued()).stored = true;
    }
  }

  /** A waiting task as its row has it. */
  record Stored(RunKey run, String kind, JsonNode metadata, long queued) {}

  /** What became of the first of a line. */
  enum Visit {
    /** It is no longer in line. */
    TAKEN,
    /** There is no place for it, nor for those behind it. */
    NO_PLACE,
    /** Enough for now. */
    STOP
  }

  /** Takes the first of a line, if it can. */
  interface Visitor {
    Visit visit(Waiting task);
  }
}
