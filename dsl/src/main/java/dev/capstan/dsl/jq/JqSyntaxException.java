package dev.capstan.dsl.jq;

/** A text that is no jq program. The message says what was found, what was expected, and where. */
public final class JqSyntaxException extends Exception {
  private final int offset;

  JqSyntaxException(String message, String text, int offset) {
    super(message + " at " + position(text, offset));
    this.offset = offset;
  }

  /**
   * Where the error is, in characters from the start of the text; the length of the text for its
   * end.
   */
  public int offset() {
    return offset;
  }

  private static String position(String text, int offset) {
    if (offset >= text.length()) {
      return "the end";
    }
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < offset; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    return "line " + line + ", column " + (offset - lineStart + 1);
  }
}
