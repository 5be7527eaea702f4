package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.placement.Claim;
import dev.capstan.core.placement.Demand;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that wait for a node. Owned by the partition's thread.
 *
 * <p><b>Order.</b> Tasks that differ in nothing that counts stand in one {@link Line}, first come
 * first served. Lines of one priority take turns: one that has had a task taken goes to the end, so
 * that a key with many tasks delays one with few by a task a turn. Between priorities, waiting
 * counts: a point is worth {@link #POINT_MILLIS} of it. What waits is therefore overtaken by a
 * higher priority for so long and no longer, and nothing waits for ever while slots become free.
 *
 * <p><b>Cost.</b> Where there is no node for the first of a {@link Lane} there is none for the
 * others, and where a limit holds back the first behind a {@link Gate} it holds back the others; so
 * a look costs the same however many wait, and both are looked at again only when a slot, a limit
 * or its time gives reason to.
 */
final class TaskQueue {
  /** How long a task must wait to go before one whose priority is higher by one. */
  static final long POINT_MILLIS = TimeUnit.SECONDS.toMillis(6);

  private final Map<RunKey, Waiting> byRun = new HashMap<>();
  private final Map<Demand, Lane> lanes = new LinkedHashMap<>();
  private final NavigableMap<Integer, Grade> grades = new TreeMap<>(Comparator.reverseOrder());
  private final Gates gates;
  private long turns;

  /** A task in a line. */
  static final class Waiting {
    private final RunKey run;
    private final JsonNode metadata;
    private final Line line;
    private final long queued;
    private final long sinceMillis;
    @Nullable Waiting before;
    @Nullable Waiting after;

    /** Whether the task's row says that it waits. */
    boolean stored;

    private Waiting(RunKey run, JsonNode metadata, Line line, long queued, long sinceMillis) {
      this.run = run;
      this.metadata = metadata;
      this.line = line;
      this.queued = queued;
      this.sinceMillis = sinceMillis;
    }

    RunKey run() {
      return run;
    }

    Demand demand() {
      return line.stall.section.lane.demand;
    }

    Claim claim() {
      return line.claim;
    }

    JsonNode metadata() {
      return metadata;
    }

    /** Its place in the order of waiting; smaller came first. */
    long queued() {
      return queued;
    }

    long sinceMillis() {
      return sinceMillis;
    }
  }

  TaskQueue(Attempts attempts) {
    this.gates = new Gates(attempts);
  }

  /**
   * Puts a task at the end of its line, unless it waits already.
   *
   * @param sinceMillis when it began to wait
   */
  Waiting add(RunKey run, String kind, JsonNode metadata, long queued, long sinceMillis) {
    Waiting present = byRun.get(run);
    if (present != null) {
      return present;
    }
    Line line = line(Demand.of(kind, metadata), Claim.of(metadata));
    Waiting task = new Waiting(run, metadata, line, queued, sinceMillis);
    line.append(task);
    byRun.put(run, task);
    return task;
  }

  private Line line(Demand demand, Claim claim) {
    Lane lane = lanes.computeIfAbsent(demand, Lane::new);
    Grade grade = grades.computeIfAbsent(claim.priority(), Grade::new);
    Section section = lane.section(grade);
    Stall stall = section.stall(gates.of(claim));
    return stall.line(claim, () -> ++turns);
  }

  /** Takes a task out of its line; null if it does not wait. */
  @Nullable Waiting remove(RunKey run) {
    Waiting task = byRun.remove(run);
    if (task != null) {
      task.line.remove(task);
      if (task.line.length == 0) {
        drop(task.line);
      }
    }
    return task;
  }

  private void drop(Line line) {
    Stall stall = line.stall;
    Section section = stall.section;
    if (!stall.drop(line)) {
      return;
    }
    gates.leave(stall);
    if (section.drop(stall) && section.lane.drop(section)) {
      lanes.remove(section.lane.demand);
    }
    if (section.grade.isEmpty()) {
      grades.remove(section.grade.priority);
    }
  }

  /** The task's place in a line; null if it does not wait. */
  @Nullable Waiting find(RunKey run) {
    return byRun.get(run);
  }

  /** Slots may be free: every lane is looked at again. */
  void unblock() {
    for (Lane lane : lanes.values()) {
      lane.block(false);
    }
  }

  /** An attempt that counted under a concurrency key is over. */
  void freed(@Nullable String concurrencyKey) {
    gates.freed(concurrencyKey);
  }

  /** A task starts; its rate takes note. */
  void started(Waiting task, long nowNanos) {
    gates.started(task.claim(), nowNanos);
  }

  /**
   * Begins to count rates: all are taken to be used up, unless nothing has ever been started here.
   */
  void begin(long nowNanos, boolean nothingBefore) {
    gates.begin(nowNanos, nothingBefore);
  }

  /** Lets what a rate held back until now be looked at. */
  void wake(long nowNanos) {
    gates.wake(nowNanos);
  }

  /** When a rate lets the next task start; {@link Long#MAX_VALUE} for never. */
  long nextNanos() {
    return gates.nextNanos();
  }

  /** Whether some line is to be looked at. */
  boolean hasWork() {
    for (Grade grade : grades.values()) {
      if (!grade.open.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Shows the visitor one task after the other, in order, as long as there is one that nothing is
   * known to hold back.
   */
  void visit(long nowNanos, Visitor visitor) {
    for (Line line = next(); line != null; line = next()) {
      if (gates.holds(line.stall.gate, nowNanos)) {
        continue;
      }
      Waiting first = line.first();
      switch (visitor.visit(first)) {
        case STOP -> {
          return;
        }
        case NO_PLACE -> line.stall.section.lane.block(true);
        case TAKEN -> {
          if (line.first == first) {
            throw new IllegalStateException("a task that was taken is still in line");
          }
          if (line.length > 0) {
            line.stall.toTheEnd(line, ++turns);
          }
        }
      }
    }
  }

  /** The line whose turn it is among those that nothing is known to hold back. */
  private @Nullable Line next() {
    Line best = null;
    long bestRank = 0;
    for (Grade grade : grades.values()) {
      Line line = grade.next();
      if (line != null) {
        long rank = line.first().sinceMillis - grade.priority * POINT_MILLIS;
        if (best == null || rank < bestRank) {
          best = line;
          bestRank = rank;
        }
      }
    }
    return best;
  }

  /** What holds back all tasks of a claim, as a sentence; null if no limit does. Any thread. */
  @Nullable String heldBack(Claim claim) {
    return gates.heldBack(claim);
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
    for (Lane lane : lanes.values()) {
      lengths.merge(lane.demand.kind(), lane.length, Integer::sum);
    }
    return lengths;
  }

  void clear() {
    byRun.clear();
    lanes.clear();
    grades.clear();
    gates.clear();
  }

  /** Fills an empty queue in the order of waiting. */
  void restore(List<Stored> tasks) {
    List<Stored> ordered = new ArrayList<>(tasks);
    ordered.sort(Comparator.comparingLong(Stored::queued));
    for (Stored task : ordered) {
      add(task.run(), task.kind(), task.metadata(), task.queued(), task.sinceMillis()).stored =
          true;
    }
  }

  /** A waiting task as its row has it. */
  record Stored(RunKey run, String kind, JsonNode metadata, long queued, long sinceMillis) {}

  /** What became of a task that was looked at. */
  enum Visit {
    /** It is no longer in line. */
    TAKEN,
    /** There is no node for it, nor for others with the same demand. */
    NO_PLACE,
    /** Enough for now. */
    STOP
  }

  /** Takes a task out of the queue, if it can. */
  interface Visitor {
    Visit visit(Waiting task);
  }
}
