package dev.capstan.server.nodes;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tells when everything has been handled that workers had sent to this coordinator until a moment.
 * What has arrived and waits for a processor is no silence of whoever sent it.
 */
@FunctionalInterface
public interface Hearing {
  /** For sessions whose messages are handled as they come. */
  Hearing AT_ONCE = () -> CompletableFuture.completedFuture(null);

  /**
   * Completes when all that had arrived before the call has been handled, on any thread. Never
   * fails.
   */
  CompletableFuture<@Nullable Void> caughtUp();
}
