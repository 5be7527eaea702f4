package dev.capstan.security.pki;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * When a certificate is to be renewed: at half of its life, so that the other half is left for
 * trouble, and a little earlier or later by chance, so that nodes that started together don't all
 * ask at once.
 *
 * @param due from then on it should be renewed
 * @param alarm from then on somebody should be told: renewing has failed for a quarter of its life
 */
public record Renewal(Instant due, Instant alarm) {
  /** Chance moves the due time by at most this part of the life, to either side. */
  private static final double JITTER = 0.05;

  private static final int QUARTERS = 4;

  /** Of a certificate with this lifetime; the random number is drawn once. */
  public static Renewal of(Lifetime lifetime, RandomGenerator random) {
    Duration life = lifetime.length();
    long jitter = Math.round(life.toMillis() * JITTER * (2 * random.nextDouble() - 1));
    return new Renewal(
        lifetime.from().plus(life.dividedBy(2)).plusMillis(jitter),
        lifetime.until().minus(life.dividedBy(QUARTERS)));
  }

  /** Whether to renew now. */
  public boolean isDue(Instant now) {
    return !now.isBefore(due);
  }

  /** Whether the last quarter has begun. */
  public boolean isAlarming(Instant now) {
    return !now.isBefore(alarm);
  }
}
