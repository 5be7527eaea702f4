package dev.capstan.client;

import java.time.Duration;

/**
 * Lets callers go to another server in groups that grow: each needs a connection of its own, and a
 * server that gets all at once makes all of them wait for the last. In the moment after a leader
 * was lost that would be felt as a part of its loss. Safe for any thread.
 */
final class SlowStart {
  static final int FIRST = 8;
  static final Duration DOUBLED_EVERY = Duration.ofMillis(50);

  private String server = "";
  private long sinceNanos;
  private long entered;

  /** Returns when it is the caller's turn to send something to a server. */
  void enter(String to) throws InterruptedException {
    long pause = pauseNanos(to, System.nanoTime());
    if (pause > 0) {
      Thread.sleep(Duration.ofNanos(pause));
    }
  }

  /** How long one more has to wait; the first few, and those that come much later, need not. */
  synchronized long pauseNanos(String to, long nowNanos) {
    if (!to.equals(server)) {
      server = to;
      sinceNanos = nowNanos;
      entered = 0;
    }
    int doublings = Long.SIZE - Long.numberOfLeadingZeros(entered / FIRST);
    entered++;
    return Math.max(0, sinceNanos + doublings * DOUBLED_EVERY.toNanos() - nowNanos);
  }
}
