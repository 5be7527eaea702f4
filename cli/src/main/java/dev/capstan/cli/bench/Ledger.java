package dev.capstan.cli.bench;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** The executions whose start was acknowledged, to be looked up at the end. Any thread. */
final class Ledger {
  private static final int AT_A_TIME = 64;

  private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
  private final LongAdder count = new LongAdder();

  /** The start of this execution was acknowledged; it can end, and is to complete. */
  void acknowledged(String id) {
    acknowledged.add(id);
    count.increment();
  }

  /** Looks up each: what is not there, or has not completed although nothing holds it, is lost. */
  Measure check(CapstanClient client, Consumer<String> progress) throws InterruptedException {
    LongAdder lost = new LongAdder();
    LongAdder seen = new LongAdder();
    Semaphore places = new Semaphore(AT_A_TIME);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String id : acknowledged) {
        places.acquire();
        var _ =
            threads.submit(() -> {
              if (!hasCompleted(client, id)) {
                lost.increment();
              }
              places.release();
              seen.increment();
              progress.accept("%d of %d looked up".formatted(seen.sum(), count.sum()));
            });
      }
    }
    return Measure.none(
        "acknowledged work lost",
        "executions",
        Promise.NOTHING_LOST,
        lost.sum(),
        "%,d acknowledged starts looked up".formatted(count.sum()));
  }

  private static boolean hasCompleted(CapstanClient client, String id) {
    try {
      return CapstanClient.await(client.execution(id)).status().equals("completed");
    } catch (CapstanException notThere) {
      return false;
    }
  }
}
