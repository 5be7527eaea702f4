package dev.capstan.server.boot;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for what has to happen before the next part may be closed, but never for long. */
final class Stopping {
  private static final Logger LOG = LoggerFactory.getLogger(Stopping.class);
  private static final long SECONDS = 5;

  private Stopping() {}

  /** Ends the thread of a timer; what it does at the moment gets a little time. */
  static void await(ScheduledThreadPoolExecutor timer) {
    timer.shutdownNow();
    try {
      if (!timer.awaitTermination(SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("Stopping while something that happens by time is not done after {} s", SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What does not come in time, or fails, is left; nothing that was acknowledged depends on it. */
  static void await(CompletableFuture<?> future, String what) {
    try {
      future.get(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      LOG.warn("Stopping without {}: it took longer than {} s", what, SECONDS);
    } catch (ExecutionException e) {
      LOG.info("Stopping without {}: {}", what, String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
