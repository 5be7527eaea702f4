package dev.capstan.worker;

import java.time.Duration;

/**
 * The times that a session lives by, apart from the keep-alive interval, which the coordinator
 * sets.
 *
 * @param firstBackOff wait before the first new try to connect
 * @param longestBackOff the wait doubles up to here
 * @param handshake how long a coordinator may take to welcome the worker
 * @param silentIntervals keep-alive intervals without a word from the coordinator that make a
 *     session broken
 */
public record SessionTiming(
    Duration firstBackOff, Duration longestBackOff, Duration handshake, int silentIntervals) {

  public SessionTiming {
    if (firstBackOff.isNegative()
        || firstBackOff.isZero()
        || longestBackOff.compareTo(firstBackOff) < 0) {
      throw new IllegalArgumentException("0 < firstBackOff <= longestBackOff must hold");
    }
    if (handshake.isNegative() || handshake.isZero()) {
      throw new IllegalArgumentException("handshake must be greater than 0: " + handshake);
    }
    if (silentIntervals < 2) {
      throw new IllegalArgumentException("silentIntervals must be at least 2: " + silentIntervals);
    }
  }

  /** 50 ms to 2 s between tries, 5 s for the handshake, broken after 4 silent intervals. */
  public static SessionTiming ofDefaults() {
    return new SessionTiming(
        Duration.ofMillis(50), Duration.ofSeconds(2), Duration.ofSeconds(5), 4);
  }
}
