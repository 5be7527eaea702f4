package dev.capstan.cli.bench;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;

/** Tasks that run until all are let go, and who has them. One for all workers. */
final class Hold {
  private final CountDownLatch released = new CountDownLatch(1);
  private final Map<String, Set<String>> held = new ConcurrentHashMap<>();
  private final Map<String, Long> enteredNanos = new ConcurrentHashMap<>();
  private final LongAdder tasks = new LongAdder();

  /** The handler of one worker. */
  Executor at(String worker) {
    Set<String> here = held.computeIfAbsent(worker, _ -> ConcurrentHashMap.newKeySet());
    return new Executor() {
      @Override
      public List<String> kinds() {
        return List.of("function:bench-hold");
      }

      @Override
      public Outcome run(Attempt attempt) throws InterruptedException {
        String task = attempt.idempotencyKey();
        if (enteredNanos.put(task, System.nanoTime()) == null) {
          tasks.increment();
        }
        here.add(task);
        try {
          released.await();
          return new Outcome.Completed(NullNode.getInstance());
        } finally {
          here.remove(task);
        }
      }
    };
  }

  /** How many tasks have begun, counted once each; until all are let go, none ends. */
  long running() {
    return tasks.sum();
  }

  /** What a worker has now. */
  Set<String> of(String worker) {
    return Set.copyOf(held.getOrDefault(worker, Set.of()));
  }

  /** When a task was entered last, by {@link System#nanoTime}. */
  long enteredNanos(String task) {
    return enteredNanos.getOrDefault(task, 0L);
  }

  /** Lets all go, and all that come. */
  void release() {
    released.countDown();
  }
}
