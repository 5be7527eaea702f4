package dev.capstan.cli.bench;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A task handler that notes when it is entered. */
final class Probe implements Executor {
  private final BlockingQueue<Long> entered = new ArrayBlockingQueue<>(16);

  @Override
  public List<String> kinds() {
    return List.of("function:bench-probe");
  }

  @Override
  public Outcome run(Attempt attempt) throws InterruptedException {
    entered.put(System.nanoTime());
    return new Outcome.Completed(NullNode.getInstance());
  }

  /**
   * When the handler was entered, by the clock of {@link System#nanoTime}; null if it was not in
   * time.
   */
  @Nullable Long nextEntry(Duration atMost) throws InterruptedException {
    return entered.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }
}
