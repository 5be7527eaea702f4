package dev.capstan.worker.executor;

import java.util.Locale;

/**
 * The standard error types of the specification that an attempt can end with, and their default
 * status.
 */
public enum ErrorType {
  CONFIGURATION(400),
  VALIDATION(400),
  EXPRESSION(400),
  AUTHENTICATION(401),
  AUTHORIZATION(403),
  TIMEOUT(408),
  COMMUNICATION(500),
  RUNTIME(500);

  private static final String BASE = "https://open-workflow-specification.org/spec/1.0.0/errors/";

  private final int status;

  ErrorType(int status) {
    this.status = status;
  }

  /** The type's URI, the {@code type} of an error object. */
  public String uri() {
    return BASE + name().toLowerCase(Locale.ROOT);
  }

  /** The status an error of this type has when nothing describes it better. */
  public int status() {
    return status;
  }

  /** A fault of this type with its default status. */
  public Fault fault(String title, String detail) {
    return new Fault(uri(), status, title, detail);
  }

  /** A fault of this type with the status that describes it best. */
  public Fault fault(int betterStatus, String title, String detail) {
    return new Fault(uri(), betterStatus, title, detail);
  }
}
