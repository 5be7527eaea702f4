package dev.capstan.cli.bench;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A task handler that notes when it is entered, by the clock of {@link System#nanoTime}. Any
 * thread.
 */
final class Probe implements Executor {
  private final BlockingQueue<Long> entered = new ArrayBlockingQueue<>(16);

  @Override
  public List<String> kinds() {
    return List.of("function:bench-probe");
  }

  @Override
  public Outcome run(Attempt attempt) {
    boolean _ = entered.offer(System.nanoTime());
    return new Outcome.Completed(NullNode.getInstance());
  }

  /** When the handler was entered first since it was told to forget; null if it was not. */
  @Nullable Long entry() {
    return entered.poll();
  }

  /** Forgets what was noted. */
  void forget() {
    entered.clear();
  }
}
