package dev.capstan.dsl.diagnostic;

import org.jspecify.annotations.Nullable;

/**
 * One finding about a definition.
 *
 * @param code such as {@code CAP-1101}; each has a page in the documentation
 * @param message one sentence without full stop, with names as the author wrote them
 * @param pointer JSON pointer of the value that it is about; empty for the whole text
 * @param line from 1; 0 when the definition did not come as text
 * @param column in characters, from 1; 0 when the definition did not come as text
 * @param hint what to do, one advice a line
 */
public record Diagnostic(
    String code,
    Severity severity,
    String message,
    String pointer,
    int line,
    int column,
    @Nullable String hint) {

  /** Whether it makes the definition unusable. */
  public boolean isError() {
    return severity == Severity.ERROR;
  }
}
