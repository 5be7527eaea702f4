package dev.capstan.server.gateway;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that was not carried out, with everything its sender needs to put it right. Nothing has
 * changed, unless {@link Code#OUTCOME_UNKNOWN} says so.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;
  private final @Nullable String hint;
  private final @Nullable Duration retryAfter;
  private final transient List<Detail> details;

  /** A refusal with a sentence that says what happened. */
  public Refusal(Code code, String message) {
    this(code, message, null, null, List.of());
  }

  /** A refusal with a sentence that says what happened and one that says what to do. */
  public Refusal(Code code, String message, @Nullable String hint) {
    this(code, message, hint, null, List.of());
  }

  /** A refusal with all there is to say. */
  public Refusal(
      Code code,
      String message,
      @Nullable String hint,
      @Nullable Duration retryAfter,
      List<Detail> details) {
    super(message, null, false, false);
    this.code = code;
    this.hint = hint;
    this.retryAfter = retryAfter;
    this.details = List.copyOf(details);
  }

  /**
   * Whoever could do it can't be reached from here; nothing was done.
   *
   * @param what happened, without a full stop
   */
  public static Refusal notLed(String what) {
    return new Refusal(
        Code.NOT_READY,
        what + ".",
        "Nothing was done. Try again, or ask another coordinator.",
        Duration.ofMillis(200),
        List.of());
  }

  /** What kind of refusal it is. */
  public Code code() {
    return code;
  }

  /** What to do; null when the message says it all. */
  public @Nullable String hint() {
    return hint;
  }

  /** When trying again may help; null when it won't. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  /** The single faults of a document, in its order. */
  public List<Detail> details() {
    return details == null ? List.of() : details;
  }

  /**
   * One fault: where (JSON pointer, and line and column from 1, 0 when unknown), what, and what to
   * do.
   */
  public record Detail(
      String code, String pointer, int line, int column, String message, @Nullable String hint) {}

  /** Stable codes; each has a page in docs/errors. */
  public enum Code {
    INVALID_DEFINITION("CAP-2001", 400),
    INVALID_REQUEST("CAP-2002", 400),
    PAYLOAD_TOO_LARGE("CAP-2003", 413),
    NOT_FOUND("CAP-2004", 404),
    ALREADY_EXISTS("CAP-2005", 409),
    WRONG_STATE("CAP-2006", 409),
    KEY_REUSED("CAP-2007", 422),
    INVALID_DATA("CAP-2014", 422),
    NOT_LISTENING("CAP-2015", 409),
    UPDATE_FAULTED("CAP-2016", 422),
    QUERY_FAILED("CAP-2017", 422),
    UNAUTHENTICATED("CAP-4001", 401),
    FORBIDDEN("CAP-4003", 403),
    BUSY("CAP-6001", 429),
    NOT_READY("CAP-6002", 503),
    OUTCOME_UNKNOWN("CAP-6003", 503),
    STORAGE_FAILED("CAP-7001", 503),
    INTERNAL("CAP-9001", 500);

    private final String id;
    private final int status;

    Code(String id, int status) {
      this.id = id;
      this.status = status;
    }

    /** Such as {@code CAP-2001}. */
    public String id() {
      return id;
    }

    /** The HTTP status that goes with it. */
    public int httpStatus() {
      return status;
    }
  }
}
