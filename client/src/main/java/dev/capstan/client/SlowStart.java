package dev.capstan.client;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets callers go to another server in groups that grow: each needs a connection of its own, and a
 * server that gets all at once makes all of them wait for the last. In the moment after a leader
 * was lost that would be felt as a part of its loss. Whoever has an answer makes room for the next,
 * who uses the same connection. Safe for any thread.
 */
final class SlowStart {
  static final int FIRST = 4;
  static final Duration DOUBLED_EVERY = Duration.ofMillis(80);

  /** After so many doublings there is no bound any more. */
  static final int LAST_DOUBLING = 16;

  private final LongSupplier nanos;
  private String server = "";
  private long sinceNanos;

  /** How many are on their way to the server. */
  private int sent;

  /**
   * @param nanos a clock that only grows, as {@link System#nanoTime}
   */
  SlowStart(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /**
   * Returns when it is the caller's turn to send something to a server; {@link #left} is to follow
   * when there is an answer, or will be none. Nobody waits for a server that others have left for
   * another one.
   */
  synchronized void enter(String to) throws InterruptedException {
    if (!to.equals(server)) {
      server = to;
      sinceNanos = nanos.getAsLong();
      sent = 0;
      notifyAll();
    }
    for (long pause = pauseNanos(to); pause > 0; pause = pauseNanos(to)) {
      TimeUnit.NANOSECONDS.timedWait(this, pause);
    }
    if (to.equals(server)) {
      sent++;
    }
  }

  /** Somebody who has entered has an answer, or gets none. */
  synchronized void left(String to) {
    if (to.equals(server) && sent > 0) {
      sent--;
      notify();
    }
  }

  /** How long one more has to wait if nobody makes room; 0 for not at all. */
  synchronized long pauseNanos(String to) {
    long past = nanos.getAsLong() - sinceNanos;
    long doublings = past / DOUBLED_EVERY.toNanos();
    if (!to.equals(server) || doublings >= LAST_DOUBLING || sent < FIRST << doublings) {
      return 0;
    }
    return (doublings + 1) * DOUBLED_EVERY.toNanos() - past;
  }
}
