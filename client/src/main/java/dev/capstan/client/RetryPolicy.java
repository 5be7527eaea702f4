package dev.capstan.client;

import java.time.Duration;

/**
 * How requests are repeated that may succeed later. The pause before the n-th repetition is a
 * random part of {@code base * 2^(n-1)} ("full jitter"), at most {@code longest}, and never shorter
 * than the server asks for.
 *
 * @param attempts how often a request is sent at most, 1 for no repetition
 */
public record RetryPolicy(int attempts, Duration base, Duration longest) {
  /** Requests are sent once. */
  public static final RetryPolicy NONE = new RetryPolicy(1, Duration.ZERO, Duration.ZERO);

  /** A policy. */
  public RetryPolicy {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts must be at least 1: " + attempts);
    }
    if (base.isNegative() || longest.compareTo(base) < 0) {
      throw new IllegalArgumentException(
          "pauses must not be negative, and the longest not shorter than the first");
    }
  }

  /** Six times within about five seconds. */
  public static RetryPolicy ofDefaults() {
    return new RetryPolicy(6, Duration.ofMillis(100), Duration.ofSeconds(3));
  }

  /**
   * The pause after so many attempts.
   *
   * @param chance from 0 inclusive to 1 exclusive
   * @param asked what the server asks for, in milliseconds
   */
  long pauseMillis(int attemptsMade, double chance, long asked) {
    double doubled = base.toMillis() * Math.pow(2, Math.min(attemptsMade - 1, 30));
    long jittered = Math.round(chance * Math.min((double) longest.toMillis(), doubled));
    return asked > 0 ? asked + jittered / 2 : jittered;
  }
}
