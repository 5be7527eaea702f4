package dev.capstan.node.config;

import java.time.Duration;

/**
 * How long executions that have ended are kept, with their histories. Those that have not ended are
 * never forgotten, and neither is the audit. With an execution its id and its idempotency key
 * become free again.
 *
 * @param keep since the end
 * @param atMost of all that have ended; beyond, those that started first go before their time
 * @param every how often is looked for what may go
 */
public record Retention(Duration keep, long atMost, Duration every) {
  private static final Duration USUALLY = Duration.ofSeconds(30);

  /** Seven days, and at most ten million. */
  public static final Retention DEFAULT = new Retention(Duration.ofDays(7), 10_000_000, USUALLY);

  /** Everything, for ever. */
  public static final Retention UNLIMITED =
      new Retention(Duration.ofDays(365_000), Long.MAX_VALUE, USUALLY);

  /**
   * @throws IllegalArgumentException if nothing would be kept at all
   */
  public Retention {
    if (!isPositive(keep) || atMost < 1 || !isPositive(every)) {
      throw new IllegalArgumentException(
          "keep, atMost and every must be positive: " + keep + ", " + atMost + ", " + every);
    }
  }

  private static boolean isPositive(Duration time) {
    return !time.isNegative() && !time.isZero();
  }
}
