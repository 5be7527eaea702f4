package dev.capstan.server.boot;

import dev.capstan.node.env.StartupRefusal;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops a coordinator that was put out, when its vote is gone in every partition: to take it away,
 * the others need a majority in which it still counts. Of two, the one that is left could never
 * decide anything again. Looked at again and again, on one thread.
 */
public final class PutOut implements Runnable {
  /** How often to look. */
  public static final Duration LOOK_EVERY = Duration.ofMillis(200);

  /** Nobody may be left to take the vote away. */
  static final Duration LONGEST = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(PutOut.class);

  private final String self;
  private final BooleanSupplier out;
  private final BooleanSupplier votes;
  private final LongSupplier nanos;
  private final Consumer<StartupRefusal> stop;
  private @Nullable Long since;
  private boolean lost;
  private boolean stopped;

  /**
   * Of one coordinator.
   *
   * @param out whether the rows say that this coordinator was put out
   * @param votes whether it keeps a vote in any partition, as its own logs tell
   * @param nanos a clock that never goes back
   * @param stop is told why, once
   */
  public PutOut(
      String self,
      BooleanSupplier out,
      BooleanSupplier votes,
      LongSupplier nanos,
      Consumer<StartupRefusal> stop) {
    this.self = self;
    this.out = out;
    this.votes = votes;
    this.nanos = nanos;
    this.stop = stop;
  }

  @Override
  public void run() {
    if (stopped || !out.getAsBoolean()) {
      return;
    }
    long now = nanos.getAsLong();
    if (since == null) {
      since = now;
      LOG.warn("Coordinator {} was put out, and stops when its vote is gone", self);
    }
    // At the next look, so that what takes the vote away has been acknowledged.
    if (lost || now - since >= LONGEST.toNanos()) {
      stopped = true;
      stop.accept(
          new StartupRefusal(
              StartupRefusal.Code.NOT_JOINED,
              "Coordinator " + self + " was put out of the cluster",
              "Its state is no longer kept up to date",
              "to take it in again, join with an empty data directory and another name",
              null));
    }
    lost = !votes.getAsBoolean();
  }
}
