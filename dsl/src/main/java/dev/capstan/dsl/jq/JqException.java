package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import org.jspecify.annotations.Nullable;

/** An evaluation that failed: by an error of the program or its data, or by reaching a limit. */
public final class JqException extends RuntimeException {
  /** Why the evaluation failed. */
  public enum Kind {
    /** The program raised an error, or was applied to data it does not fit. */
    ERROR,
    LIMIT_STEPS,
    LIMIT_TIME,
    LIMIT_MEMORY,
    LIMIT_DEPTH
  }

  private final Kind kind;
  private final transient @Nullable JsonNode value;

  private JqException(Kind kind, String message, @Nullable JsonNode value) {
    // Errors steer programs (try, ?, //), so they must be cheap; the Java stack says nothing about
    // the program anyway.
    super(message, null, false, false);
    this.kind = kind;
    this.value = value;
  }

  static JqException error(String message) {
    return new JqException(Kind.ERROR, message, TextNode.valueOf(message));
  }

  static JqException raised(JsonNode value) {
    String message =
        value.isTextual() ? value.textValue() : JsonText.preview(value, 200) + " (not a string)";
    return new JqException(Kind.ERROR, message, value);
  }

  static JqException limit(Kind kind, String message) {
    return new JqException(kind, message, null);
  }

  public Kind kind() {
    return kind;
  }

  /** The value given to {@code error}, or the message as a string; null if a limit was reached. */
  public @Nullable JsonNode value() {
    return value;
  }

  boolean isLimit() {
    return kind != Kind.ERROR;
  }
}
