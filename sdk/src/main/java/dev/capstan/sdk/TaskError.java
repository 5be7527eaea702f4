package dev.capstan.sdk;

import dev.capstan.worker.executor.ErrorType;
import org.jspecify.annotations.Nullable;

/**
 * An error that the workflow can catch: it becomes the error object of the task, as it is. It ends
 * up in histories, so it must never hold a secret.
 *
 * <p>Whether a task is tried again after an error is said by the {@code catch} and {@code retry} of
 * the workflow, which can tell errors apart by type and status.
 */
public final class TaskError extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int LEAST_STATUS = 100;
  private static final int MOST_STATUS = 599;

  private final String type;
  private final int status;
  private final String title;
  private final String detail;

  /**
   * @param type URI of the kind of error
   * @param status like an HTTP status, 100 to 599
   * @param title what kind of thing went wrong, the same for all errors of the kind
   * @param detail what went wrong this time
   * @throws IllegalArgumentException when the type is blank or the status is none
   */
  public TaskError(String type, int status, String title, String detail) {
    this(type, status, title, detail, null);
  }

  /**
   * The same because of another exception, which stays on this machine.
   *
   * @throws IllegalArgumentException when the type is blank or the status is none
   */
  public TaskError(
      String type, int status, String title, String detail, @Nullable Throwable cause) {
    super(title + ": " + detail, cause);
    if (type.isBlank()) {
      throw new IllegalArgumentException("type must not be blank");
    }
    if (status < LEAST_STATUS || status > MOST_STATUS) {
      throw new IllegalArgumentException("status must be from 100 to 599, not " + status);
    }
    this.type = type;
    this.status = status;
    this.title = title;
    this.detail = detail;
  }

  private static TaskError of(ErrorType type, String title, String detail) {
    return new TaskError(type.uri(), type.status(), title, detail);
  }

  /** The standard type {@code validation}, 400: the input is not what it must be. */
  public static TaskError validation(String title, String detail) {
    return of(ErrorType.VALIDATION, title, detail);
  }

  /** The standard type {@code authentication}, 401: another system does not know who asks. */
  public static TaskError authentication(String title, String detail) {
    return of(ErrorType.AUTHENTICATION, title, detail);
  }

  /** The standard type {@code authorization}, 403: another system does not allow it. */
  public static TaskError authorization(String title, String detail) {
    return of(ErrorType.AUTHORIZATION, title, detail);
  }

  /** The standard type {@code timeout}, 408: something took too long. */
  public static TaskError timeout(String title, String detail) {
    return of(ErrorType.TIMEOUT, title, detail);
  }

  /** The standard type {@code communication}, 500: another system could not be reached. */
  public static TaskError communication(String title, String detail) {
    return of(ErrorType.COMMUNICATION, title, detail);
  }

  /** The standard type {@code runtime}, 500: anything else. */
  public static TaskError runtime(String title, String detail) {
    return of(ErrorType.RUNTIME, title, detail);
  }

  /** URI of the kind of error. */
  public String type() {
    return type;
  }

  /** Like an HTTP status. */
  public int status() {
    return status;
  }

  /** What kind of thing went wrong. */
  public String title() {
    return title;
  }

  /** What went wrong this time. */
  public String detail() {
    return detail;
  }
}
