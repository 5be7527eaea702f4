package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.ErrorType;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.model.Moments;
import dev.capstan.dsl.model.Timeout;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When something ends if nothing else ends it: after its timeout (specification: Timeouts), or at
 * its deadline, a moment that retries don't move ({@code metadata.capstan.deadline}).
 *
 * @param deadline the first of both; null for never
 * @param notAfter the deadline itself; null without one
 */
record Ending(@Nullable Instant deadline, @Nullable Instant notAfter) {
  static final Ending NEVER = new Ending(null, null);

  /**
   * The end of what begins {@code now}.
   *
   * @param timeoutReference what an error in the timeout is about
   * @param deadlineReference what an error in the deadline is about
   */
  static Ending of(
      @Nullable Timeout timeout,
      @Nullable Template deadline,
      JsonNode input,
      Scope scope,
      Instant now,
      String timeoutReference,
      String deadlineReference) {
    Instant after = DataFlow.deadline(timeout, input, scope, now, timeoutReference);
    return new Ending(after, null)
        .atLast(deadline == null ? null : moment(deadline, input, scope, deadlineReference));
  }

  /** The same, but not after a moment; null for any. */
  Ending atLast(@Nullable Instant moment) {
    Instant last = first(notAfter, moment);
    return new Ending(first(deadline, last), last);
  }

  /** Whether the deadline has passed. */
  boolean hasPassed(Instant now) {
    return notAfter != null && !notAfter.isAfter(now);
  }

  private static @Nullable Instant first(@Nullable Instant one, @Nullable Instant other) {
    return one == null || (other != null && other.isBefore(one)) ? other : one;
  }

  /** The moment that a deadline says; null for none. */
  static @Nullable Instant moment(
      Template deadline, JsonNode input, Scope scope, String reference) {
    JsonNode value = DataFlow.evaluate(reference, () -> deadline.evaluate(input, scope));
    if (value.isNull()) {
      return null;
    }
    Instant moment = value.isTextual() ? Moments.parse(value.textValue()) : null;
    if (moment == null) {
      throw new TaskFailure(
          ErrorType.VALIDATION,
          "metadata.capstan.deadline must be a date and time such as 2026-01-31T12:00:00Z, or null,"
              + " and is "
              + (value.isTextual() ? "another text" : Calls.shape(value)),
          reference);
    }
    return moment;
  }
}
