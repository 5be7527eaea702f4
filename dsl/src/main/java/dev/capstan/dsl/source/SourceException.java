package dev.capstan.dsl.source;

import dev.capstan.dsl.diagnostic.DiagnosticCode;
import org.jspecify.annotations.Nullable;

/** A text that is no tree of values. Says what to tell its author. */
public final class SourceException extends Exception {
  private static final long serialVersionUID = 1L;

  private final DiagnosticCode code;
  private final int line;
  private final int column;
  private final @Nullable String hint;

  /** A finding at {@code position}. */
  public SourceException(
      DiagnosticCode code, Position position, String message, @Nullable String hint) {
    super(message);
    this.code = code;
    this.line = position.line();
    this.column = position.column();
    this.hint = hint;
  }

  /** The kind of the finding. */
  public DiagnosticCode code() {
    return code;
  }

  /** Where reading stopped. */
  public Position position() {
    return new Position(line, column);
  }

  /** One sentence. */
  public String message() {
    return String.valueOf(getMessage());
  }

  /** What to do. */
  public @Nullable String hint() {
    return hint;
  }
}
