package dev.capstan.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that was not carried out. The message says what happened; {@link #problem()} has
 * everything the server said.
 */
public abstract sealed class CapstanException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  private CapstanException(Problem problem, @Nullable Throwable cause) {
    super(problem.detail(), cause);
    this.problem = problem;
  }

  /** What the server said, or the client in its place when no answer came. */
  public Problem problem() {
    return problem;
  }

  /** Stable code such as {@code CAP-2004}; null when what answered knows none. */
  public @Nullable String code() {
    return problem.code();
  }

  /** What to do; null when the message says it all. */
  public @Nullable String hint() {
    return problem.hint();
  }

  /** Single faults of the document that was sent, in its order. */
  public List<Finding> findings() {
    return problem.errors();
  }

  /** The request is wrong; sending it again won't help. */
  public static final class Invalid extends CapstanException {
    private static final long serialVersionUID = 1L;

    Invalid(Problem problem) {
      super(problem, null);
    }
  }

  /** What the request is about does not exist. */
  public static final class NotFound extends CapstanException {
    private static final long serialVersionUID = 1L;

    NotFound(Problem problem) {
      super(problem, null);
    }
  }

  /**
   * The request does not fit the state of what it is about, or its id or key is taken by a
   * different one.
   */
  public static final class Conflict extends CapstanException {
    private static final long serialVersionUID = 1L;

    Conflict(Problem problem) {
      super(problem, null);
    }
  }

  /** The sender is not known or may not do this. */
  public static final class Denied extends CapstanException {
    private static final long serialVersionUID = 1L;

    Denied(Problem problem) {
      super(problem, null);
    }
  }

  /** No coordinator could be reached or serve the request, also after retries. */
  public static final class Unavailable extends CapstanException {
    private static final long serialVersionUID = 1L;

    Unavailable(Problem problem, @Nullable Throwable cause) {
      super(problem, cause);
    }
  }

  /** The server failed at the request, or its answer is none of the API's. */
  public static final class ServerFailed extends CapstanException {
    private static final long serialVersionUID = 1L;

    ServerFailed(Problem problem, @Nullable Throwable cause) {
      super(problem, cause);
    }
  }

  /** The exception that goes with a problem, by its status. */
  public static CapstanException of(Problem problem) {
    return switch (problem.status()) {
      case 404 -> new NotFound(problem);
      case 409, 422 -> new Conflict(problem);
      case 401, 403 -> new Denied(problem);
      case 429, 502, 503, 504 -> new Unavailable(problem, null);
      default -> problem.status() >= 500 ? new ServerFailed(problem, null) : new Invalid(problem);
    };
  }
}
