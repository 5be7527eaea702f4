package dev.capstan.node.discovery;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does the same work again and again on a thread of its own; a failure does not end it. */
final class Rounds {
  private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

  private final ScheduledExecutorService thread;

  /**
   * The first round begins at once, each other one {@code pause} after the end of the one before.
   */
  Rounds(String name, Duration pause, Runnable work) {
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(name).factory());
    // Failures are caught within, so the future has nothing to tell.
    Future<?> _ =
        thread.scheduleWithFixedDelay(
            () -> {
              try {
                work.run();
              } catch (RuntimeException e) {
                LOG.error("A round of {} failed; the next one follows", name, e);
              }
            },
            0,
            pause.toNanos(),
            TimeUnit.NANOSECONDS);
  }

  /** Waits up to {@code limit} for a round that runs; begins no other. */
  void stop(Duration limit) {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.debug("A round still runs and is left alone");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
