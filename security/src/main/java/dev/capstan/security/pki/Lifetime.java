package dev.capstan.security.pki;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/**
 * From when to when a certificate holds, both included.
 *
 * @param from a few minutes before it was signed, for clocks that are behind
 * @param until not before {@code from}
 */
public record Lifetime(Instant from, Instant until) {
  /**
   * @throws IllegalArgumentException if it ends before it begins
   */
  public Lifetime {
    if (until.isBefore(from)) {
      throw new IllegalArgumentException("A lifetime from " + from + " can't end at " + until);
    }
  }

  /** A certificate's. */
  public static Lifetime of(X509Certificate certificate) {
    return new Lifetime(
        certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
  }

  /** How long that is. */
  public Duration length() {
    return Duration.between(from, until);
  }

  /** How long it still holds; negative when it is over. For a metric. */
  public Duration left(Instant now) {
    return Duration.between(now, until);
  }

  /** Whether it is over. */
  public boolean isOver(Instant now) {
    return now.isAfter(until);
  }
}
