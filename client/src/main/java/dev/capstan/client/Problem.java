package dev.capstan.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a request was not carried out (RFC 9457).
 *
 * @param type page about the code
 * @param status of HTTP; 0 when no answer came
 * @param detail what happened
 * @param code stable, such as {@code CAP-2004}
 * @param hint what to do
 * @param retryable whether the same request may succeed later
 * @param retryAfterMs when, in milliseconds
 * @param applied {@code no}: nothing has changed; {@code unknown}: ask again with the same key or
 *     id to find out
 * @param errors single faults of a document, in its order
 */
public record Problem(
    @Nullable String type,
    @Nullable String title,
    int status,
    String detail,
    @Nullable String instance,
    @Nullable String code,
    @Nullable String hint,
    boolean retryable,
    @Nullable Long retryAfterMs,
    @Nullable String applied,
    List<Finding> errors,
    @Nullable String requestId) {

  /** No coordinator could be reached, or the connection broke. */
  static final String UNREACHABLE = "CAP-6004";

  /** An answer came that is none of the API's. */
  static final String UNREADABLE_ANSWER = "CAP-6005";

  /** JSON pointer of the first fault; null when the problem is about no place of a document. */
  public @Nullable String pointer() {
    return errors.isEmpty() ? null : errors.getFirst().pointer();
  }

  /** Whether nothing has changed for certain. */
  public boolean leftNothingChanged() {
    return "no".equals(applied);
  }

  static Problem local(
      String code, String detail, @Nullable String hint, boolean retryable, String applied) {
    return new Problem(
        null, null, 0, detail, null, code, hint, retryable, null, applied, List.of(), null);
  }
}
