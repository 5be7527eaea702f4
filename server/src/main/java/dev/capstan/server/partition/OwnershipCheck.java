package dev.capstan.server.partition;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Proves on a running partition that everything has an owner: an execution that has not ended has a
 * timer, a task in line or on a node, a subscription, a message under way, a child, or somebody who
 * suspended it; and whatever is held is held for a run that is there. Belongs to one turn.
 */
final class OwnershipCheck {
  private static final int ENOUGH = 100;
  private static final List<Status> OPEN =
      List.of(Status.PENDING, Status.RUNNING, Status.WAITING, Status.SUSPENDED);

  private final Turn turn;
  private final Predicate<String> own;
  private final Store store;
  private final ExecutionCache cache;
  private final Holdings holdings;
  private final List<String> violations = new ArrayList<>();

  /**
   * @param own whether an execution belongs to the partition
   */
  OwnershipCheck(Turn turn, Store store, ExecutionCache cache, Predicate<String> own) {
    this.own = own;
    this.turn = turn;
    this.store = store;
    this.cache = cache;
    this.holdings = turn.holdings();
  }

  /** The violations, as sentences. */
  List<String> light() {
    Set<String> held = held();
    for (String id : open()) {
      if (!held.contains(id) && violations.size() < ENOUGH) {
        ownerless(id);
      }
    }
    cache.all().forEach(this::heldByRuns);
    sums();
    return List.copyOf(violations);
  }

  /**
   * The violations, and where the holdings differ from their rows. Only while nothing is in flight.
   */
  List<String> withRows() {
    light();
    Holdings stored = new Holdings();
    new Recovery(store, stored).run();
    same("waiting tasks", waiting(stored.queue), waiting(holdings.queue));
    same("attempts", new HashSet<>(stored.attempts.all()), new HashSet<>(holdings.attempts.all()));
    same("timers", timers(stored.timers), timers(holdings.timers));
    same(
        "subscriptions",
        new HashSet<>(stored.subscriptions.all()),
        new HashSet<>(holdings.subscriptions.all()));
    same("messages", stored.outbox.keySet(), holdings.outbox.keySet());
    return List.copyOf(violations);
  }

  private Set<String> held() {
    Set<String> held = new HashSet<>(holdings.outbox.values());
    holdings.timers.all().forEach(timer -> held.add(timer.execution));
    holdings.queue.all().forEach(task -> held.add(task.run().execution()));
    holdings.attempts.all().forEach(attempt -> held.add(attempt.run().execution()));
    holdings.subscriptions.all().forEach(run -> held.add(run.execution()));
    return held;
  }

  /** Executions that have not ended: those in memory by their state, all others by the index. */
  private Set<String> open() {
    Set<String> open = new HashSet<>();
    for (LiveExecution live : cache.all()) {
      if (!live.state().status().hasEnded()) {
        open.add(live.id());
      }
    }
    for (Status status : OPEN) {
      byte[] prefix = Keys.indexStatus(status);
      try (Rows rows =
          store.scan(Table.EXECUTION_INDEX, prefix, Keys.after(prefix), Direction.FORWARD)) {
        while (rows.next()) {
          String id = Keys.executionIn(rows.key(), prefix.length + Long.BYTES);
          if (cache.get(id) == null) {
            open.add(id);
          }
        }
      }
    }
    return open;
  }

  private void ownerless(String id) {
    LiveExecution live;
    try {
      live = turn.find(id);
    } catch (Poisoned poisoned) {
      violations.add(id + " can't be read: " + poisoned.reason());
      return;
    }
    if (live == null) {
      violations.add(id + " is in the index, and has no history");
      return;
    }
    Execution state = live.state();
    if (!state.isSuspended() && state.runs().stream().noneMatch(this::waitsForChild)) {
      violations.add(Ownership.ownerless(state));
    }
  }

  private boolean waitsForChild(TaskRun run) {
    if (!(run.progress() instanceof Progress.Child child)) {
      return false;
    }
    if (!own.test(child.execution())) {
      return true; // What becomes of it is in another partition, which tells.
    }
    LiveExecution live = turn.find(child.execution());
    return (live != null && !live.state().status().hasEnded())
        || holdings.outbox.containsValue(child.execution());
  }

  private void heldByRuns(LiveExecution live) {
    for (TaskRun run : live.state().runs()) {
      RunKey key = live.run(run.id());
      String fault = Ownership.onNode(key, run, holdings.attempts.find(key));
      if (fault != null) {
        violations.add(fault);
      }
    }
  }

  private void sums() {
    for (Attempts.Attempt attempt : holdings.attempts.all()) {
      orphan("an attempt", attempt.run());
      if (holdings.queue.find(attempt.run()) != null) {
        violations.add(attempt.run() + " is on a node and waits for one");
      }
    }
    holdings.queue.all().forEach(task -> orphan("a waiting task", task.run()));
    holdings.subscriptions.all().forEach(run -> orphan("a subscription", run));
    int lines = holdings.queue.lengths().values().stream().mapToInt(Integer::intValue).sum();
    if (lines != holdings.queue.size()) {
      violations.add(
          lines + " tasks are in line, and " + holdings.queue.size() + " are known to wait");
    }
    long weight = cache.all().stream().mapToLong(LiveExecution::weight).sum();
    if (weight != cache.bytes()) {
      violations.add("the cache has " + weight + " bytes, and counts " + cache.bytes());
    }
  }

  private void orphan(String what, RunKey run) {
    LiveExecution live = cache.get(run.execution());
    if (live != null && live.state().run(run.run()) == null) {
      violations.add(
          what + " is held for " + run.execution() + "#" + run.run() + ", which is not there");
    }
  }

  private static Set<String> waiting(TaskQueue queue) {
    Set<String> all = new HashSet<>();
    queue
        .all()
        .forEach(task -> all.add(task.run() + " " + task.age() + " since " + task.sinceMillis()));
    return all;
  }

  private static Set<String> timers(Timers timers) {
    Set<String> all = new HashSet<>();
    timers
        .all()
        .forEach(timer -> all.add(timer.execution + " " + timer.key + " at " + timer.dueMillis));
    return all;
  }

  private void same(String what, Set<?> stored, Set<?> held) {
    if (!Objects.equals(stored, held)) {
      violations.add(what + " in rows: " + stored + "; in memory: " + held);
    }
  }
}
