package dev.capstan.core.history;

import org.jspecify.annotations.Nullable;

/** The standard errors of the specification (Standard Error Types) with their default status. */
public enum ErrorType {
  CONFIGURATION("configuration", 400, "Configuration error"),
  VALIDATION("validation", 400, "Validation error"),
  EXPRESSION("expression", 400, "Expression error"),
  AUTHENTICATION("authentication", 401, "Authentication error"),
  AUTHORIZATION("authorization", 403, "Authorization error"),
  TIMEOUT("timeout", 408, "Timeout"),
  COMMUNICATION("communication", 500, "Communication error"),
  RUNTIME("runtime", 500, "Runtime error");

  private static final String BASE = "https://open-workflow-specification.org/spec/1.0.0/errors/";

  private final String uri;
  private final int status;
  private final String title;

  ErrorType(String word, int status, String title) {
    this.uri = BASE + word;
    this.status = status;
    this.title = title;
  }

  /** The type URI. */
  public String uri() {
    return uri;
  }

  /** An error of this type that came from the task at {@code instance}. */
  public WorkflowError error(@Nullable String detail, @Nullable String instance) {
    return new WorkflowError(uri, status, title, detail, instance);
  }
}
