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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that wait for a node. Owned by the partition's thread.
 *
 * <p><b>Order.</b> Tasks that differ in nothing that counts stand in one {@link Line}, first come
 * first served. Within a priority keys take turns: one that has had a task taken goes to the end,
 * in however many lines its tasks stand ({@link Share}), so that a key with many tasks delays one
 * with few by a task a turn. In its turn, a key's task that came first goes first. Between
 * priorities, waiting counts: each stands where the task puts it that has waited longest in it of
 * those that a node and the limits would let start, and a point is worth {@link #POINT_MILLIS} of
 * waiting. What waits is therefore overtaken by a higher priority for so long and no longer, and
 * nothing waits for ever while slots become free.
 *
 * <p>These two rules can't both hold for a fresh task whose key's turn it is in a priority that
 * catches up with old work of other keys. It goes: otherwise a key would be at the mercy of another
 * one's backlog as soon as anything waits at another priority.
 *
 * <p><b>Cost.</b> Where there is no node for the first of a {@link Lane} there is none for the
 * others, and where a limit holds back the first behind a {@link Gate} it holds back the others; so
 * a look costs the same however many wait, and both are looked at again only when a slot, a limit
 * or its time gives reason to. A start costs by the number of lines that its key has open, not by
 * the tasks in them.
 */
final class TaskQueue {
  /** How long a task must wait to go before one whose priority is higher by one. */
  static final long POINT_MILLIS = TimeUnit.SECONDS.toMillis(6);

  private final Map<RunKey, Waiting> byRun = new HashMap<>();
  private final Map<Demand, Lane> lanes = new LinkedHashMap<>();
  private final NavigableMap<Integer, Grade> grades = new TreeMap<>(Comparator.reverseOrder());
  private final Gates gates;
  private long numbers;

  /** A task in a line. */
  static final class Waiting {
    private final RunKey run;
    private final JsonNode metadata;
    private final Line line;
    private final Age age;
    private final long sinceMillis;

    /** Whether the task's row says that it waits. */
    boolean stored;

    private Waiting(RunKey run, JsonNode metadata, Line line, Age age, long sinceMillis) {
      this.run = run;
      this.metadata = metadata;
      this.line = line;
      this.age = age;
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

    Age age() {
      return age;
    }

    /** When it began to wait; that may be later than its age says. */
    long sinceMillis() {
      return sinceMillis;
    }
  }

  TaskQueue(Attempts attempts) {
    this.gates = new Gates(attempts);
  }

  /**
   * Puts a task where its age belongs in its line, unless it waits already.
   *
   * @param sinceMillis when it began to wait
   */
  Waiting add(RunKey run, String kind, JsonNode metadata, Age age, long sinceMillis) {
    Waiting present = byRun.get(run);
    if (present != null) {
      return present;
    }
    Line line = line(Demand.of(kind, metadata), Claim.of(metadata));
    Waiting task = new Waiting(run, metadata, line, age, sinceMillis);
    line.add(task);
    byRun.put(run, task);
    return task;
  }

  private Line line(Demand demand, Claim claim) {
    Lane lane = lanes.computeIfAbsent(demand, Lane::new);
    Grade grade = grades.computeIfAbsent(claim.priority(), Grade::new);
    Section section = lane.section(grade);
    Stall stall = section.stall(gates.of(claim));
    return stall.line(claim, this::number);
  }

  private long number() {
    return ++numbers;
  }

  /** Takes a task out of its line; null if it does not wait. */
  @Nullable Waiting remove(RunKey run) {
    Waiting task = byRun.remove(run);
    if (task != null) {
      task.line.remove(task);
      if (task.line.isEmpty()) {
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
   *
   * @param fits whether a node would take a task now; nothing is taken by asking
   */
  void visit(long nowNanos, Predicate<Waiting> fits, Visitor visitor) {
    for (Line line = next(nowNanos, fits); line != null; line = next(nowNanos, fits)) {
      Waiting first = line.first();
      switch (visitor.visit(first)) {
        case STOP -> {
          return;
        }
        case NO_PLACE -> line.stall.section.lane.block(true);
        case TAKEN -> {
          if (byRun.get(first.run()) == first) {
            throw new IllegalStateException("a task that was taken is still in line");
          }
          line.stall.section.grade.served(line.share, this::number);
        }
      }
    }
  }

  /** The line whose turn it is among those that nothing is known to hold back. */
  private @Nullable Line next(long nowNanos, Predicate<Waiting> fits) {
    while (true) {
      Grade best = null;
      long bestRank = Long.MAX_VALUE;
      long second = Long.MAX_VALUE;
      for (Grade grade : grades.values()) {
        if (grade.open.isEmpty()) {
          continue;
        }
        long rank = grade.rank(grade.oldest());
        if (best == null || rank < bestRank) {
          second = bestRank;
          best = grade;
          bestRank = rank;
        } else {
          second = Math.min(second, rank);
        }
      }
      if (best == null) {
        return null;
      }
      Line line = best.next();
      if (!gates.holds(line.stall.gate, nowNanos)
          && (best.rank(line) <= second || isStartable(best.oldest(), line, nowNanos, fits))) {
        return line;
      }
    }
  }

  /**
   * Whether the line that gives its priority its place has the right to: a task that can't start
   * must not lend its age to others. What is found to hold it back is remembered.
   *
   * @param next is looked at next in any case, and with it all of its lane
   */
  private boolean isStartable(Line oldest, Line next, long nowNanos, Predicate<Waiting> fits) {
    if (gates.holds(oldest.stall.gate, nowNanos)) {
      return false;
    }
    Lane lane = oldest.stall.section.lane;
    if (lane == next.stall.section.lane || fits.test(oldest.first())) {
      return true;
    }
    lane.block(true);
    return false;
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
    ordered.sort(Comparator.comparingLong(task -> task.age().number()));
    for (Stored task : ordered) {
      add(task.run(), task.kind(), task.metadata(), task.age(), task.sinceMillis()).stored = true;
    }
  }

  /** A waiting task as its row has it. */
  record Stored(RunKey run, String kind, JsonNode metadata, Age age, long sinceMillis) {}

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
