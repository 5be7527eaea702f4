package dev.capstan.dsl.jq;

import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What one evaluation may use up. Every limit is hard: an evaluation that reaches one ends with a
 * {@link JqException} of the kind that names it, and no {@code try} of the program can catch that.
 *
 * @param steps evaluated nodes of the program, characters looked at by regular expressions,
 *     comparisons and the like; some ten million a second
 * @param nodes elements and characters of all values created during the evaluation, garbage
 *     included; an element takes up to some hundred bytes, a character one or two
 * @param depth how deep functions may recurse and values may be nested; 512 levels need less than 1
 *     MB of stack
 * @param nanos the time of an evaluation, in the unit of the clock
 * @param nanoClock a monotonic clock, read every few hundred steps
 * @param now the wall clock behind {@code now}, read at most once per evaluation; null makes {@code
 *     now} an error
 */
public record JqLimits(
    long steps,
    long nodes,
    int depth,
    long nanos,
    LongSupplier nanoClock,
    @Nullable Supplier<Instant> now) {
  public static final long DEFAULT_STEPS = 5_000_000;
  public static final long DEFAULT_NODES = 4_000_000;
  public static final int DEFAULT_DEPTH = 512;

  /** One second. */
  public static final long DEFAULT_NANOS = 1_000_000_000;

  /** The greatest depth that is accepted; more would overflow the stack of an ordinary thread. */
  public static final int MAX_DEPTH = 10_000;

  public JqLimits {
    requirePositive("steps", steps);
    requirePositive("nodes", nodes);
    requirePositive("depth", depth);
    requirePositive("nanos", nanos);
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("depth must be at most " + MAX_DEPTH + ", not " + depth);
    }
  }

  /**
   * The default limits without a limit on time, for callers that have no clock: the same input ends
   * the same way anywhere.
   */
  public static JqLimits ofSteps(long steps) {
    return new JqLimits(steps, DEFAULT_NODES, DEFAULT_DEPTH, Long.MAX_VALUE, () -> 0, null);
  }

  /** The default limits, time included. */
  public static JqLimits timed(LongSupplier nanoClock) {
    return new JqLimits(
        DEFAULT_STEPS, DEFAULT_NODES, DEFAULT_DEPTH, DEFAULT_NANOS, nanoClock, null);
  }

  /** These limits, with {@code now} being a fixed instant. */
  public JqLimits withNow(Instant instant) {
    return withNow(() -> instant);
  }

  /** These limits, with a wall clock behind {@code now}. */
  public JqLimits withNow(Supplier<Instant> clock) {
    return new JqLimits(steps, nodes, depth, nanos, nanoClock, clock);
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, not " + value);
    }
  }
}
