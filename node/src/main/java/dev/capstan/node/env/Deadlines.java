package dev.capstan.node.env;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The only source of impatience: lets futures fail that take too long. Safe for any thread. */
@FunctionalInterface
public interface Deadlines {

  /**
   * Completes a future with a {@link java.util.concurrent.TimeoutException} after a time unless it
   * is done by then. Returns at once.
   */
  void watch(CompletableFuture<?> future, Duration atMost);

  /** By the clock of this machine. */
  static Deadlines system() {
    return (future, atMost) -> {
      CompletableFuture<?> _ = future.orTimeout(atMost.toNanos(), TimeUnit.NANOSECONDS);
    };
  }
}
