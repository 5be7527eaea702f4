package dev.capstan.worker.asyncapi;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An open subscription; one thread. */
public interface Subscription extends AutoCloseable {
  /**
   * The next message; null when none came in time.
   *
   * @throws IOException when no more will come
   */
  @Nullable WireMessage next(Duration limit) throws IOException, InterruptedException;

  /** The message that {@link #next} gave is safe with us. */
  void acknowledge() throws IOException;

  /** Wants no more messages; one that is not acknowledged stays with the broker if it can. */
  @Override
  void close();
}
