package dev.capstan.cli.bench;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** Tasks that run until all are let go, and who has them. One for all workers. */
final class Hold {
  private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean released;
  private final Map<String, Set<String>> byWorker = new ConcurrentHashMap<>();
  private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
  private final Map<String, Long> enteredNanos = new ConcurrentHashMap<>();
  private final Set<String> completed = ConcurrentHashMap.newKeySet();
  private final Set<String> gone = ConcurrentHashMap.newKeySet();

  /** The handler of one worker. */
  Executor at(String worker) {
    Set<String> here = byWorker.computeIfAbsent(worker, _ -> ConcurrentHashMap.newKeySet());
    return new Executor() {
      @Override
      public List<String> kinds() {
        return List.of("function:bench-hold");
      }

      @Override
      public Outcome run(Attempt attempt) throws InterruptedException {
        String task = attempt.idempotencyKey();
        enteredNanos.put(task, System.nanoTime());
        here.add(task);
        attempts.merge(task, 1, Integer::sum);
        try {
          awaitRelease();
          if (!gone.contains(worker)) {
            completed.add(task);
          }
          return new Outcome.Completed(NullNode.getInstance());
        } finally {
          here.remove(task);
          attempts.computeIfPresent(task, (_, held) -> held == 1 ? null : held - 1);
        }
      }
    };
  }

  /**
   * Each waits for itself: leaving a queue of all would take the longer the more are in it. A
   * hundred thousand wait in one process, so none has more than its thread.
   */
  private void awaitRelease() throws InterruptedException {
    Thread mine = Thread.currentThread();
    waiting.add(mine);
    try {
      while (!released) {
        LockSupport.park(this);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
    } finally {
      waiting.remove(mine);
    }
  }

  /** How many tasks are held at this moment, each counted once. */
  int held() {
    return attempts.size();
  }

  /**
   * Whether each task is held by one worker alone. One that was given to another may still be held
   * by the first, for as long as that has not come to stop it.
   */
  boolean isHeldOnce() {
    return attempts.values().stream().allMatch(held -> held == 1);
  }

  /** How many tasks have come to their end. */
  int completed() {
    return completed.size();
  }

  /** What a worker has now. */
  Set<String> of(String worker) {
    return Set.copyOf(byWorker.getOrDefault(worker, Set.of()));
  }

  /** Nobody hears from a worker any more: what it brings to its end does not count. */
  void gone(String worker) {
    gone.add(worker);
  }

  /** The worker begins anew. */
  void back(String worker) {
    gone.remove(worker);
  }

  /** When a task was entered last, by {@link System#nanoTime}. */
  long enteredNanos(String task) {
    return enteredNanos.getOrDefault(task, 0L);
  }

  /** Begins anew: what comes from now on is held, and what has ended is forgotten. */
  void again() {
    released = false;
    completed.clear();
    enteredNanos.clear();
  }

  /** Lets all go, and all that come. */
  void release() {
    released = true;
    waiting.forEach(LockSupport::unpark);
  }
}
