package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Expression;
import org.jspecify.annotations.Nullable;

/**
 * When and how often a failed {@code try} runs again.
 *
 * @param delay before the first retry; null is none
 * @param attemptCount the number of retries, the first run excluded; null is without end
 * @param attemptDuration the longest one run may take
 * @param totalDuration no retry starts later than this after the first run began
 * @param jitter added to each delay, drawn from its range
 */
public record RetryPolicy(
    @Nullable Expression when,
    @Nullable Expression exceptWhen,
    @Nullable Span delay,
    Backoff backoff,
    @Nullable Integer attemptCount,
    @Nullable Span attemptDuration,
    @Nullable Span totalDuration,
    @Nullable Jitter jitter) {

  /** How the delay grows with n, the number of the retry from 1: d, d·n, or d·2^(n-1). */
  public enum Backoff {
    CONSTANT,
    LINEAR,
    EXPONENTIAL
  }

  /** The range of the random addition to a delay. */
  public record Jitter(Span from, Span to) {}
}
