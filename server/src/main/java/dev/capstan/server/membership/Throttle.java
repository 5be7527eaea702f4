package dev.capstan.server.membership;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Lets the first of equal events through and holds back the others for a while, so that whoever
 * causes them can't fill a log. All together there are only so many in that while. Any thread.
 */
final class Throttle {
  private final long pauseNanos;
  private final int most;
  private final LongSupplier nanoTime;

  /** When each was let through, the oldest first. */
  private final Map<String, Long> passed = new LinkedHashMap<>();

  /**
   * @param pause between two equal events
   * @param most that are let through in one pause
   */
  Throttle(Duration pause, int most, LongSupplier nanoTime) {
    this.pauseNanos = pause.toNanos();
    this.most = most;
    this.nanoTime = nanoTime;
  }

  /** Whether this one is let through; then it counts. */
  synchronized boolean passes(String event) {
    long now = nanoTime.getAsLong();
    passed.values().removeIf(when -> now - when >= pauseNanos);
    if (passed.size() >= most || passed.containsKey(event)) {
      return false;
    }
    passed.put(event, now);
    return true;
  }
}
