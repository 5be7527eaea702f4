package dev.capstan.dsl.source;

/** Finds a character of a text value in the text of the document that it was read from. */
final class ScalarText {
  private ScalarText() {}

  /**
   * Values written on one line without escapes, and block texts ({@code |}), are found exactly; of
   * others the place is where the value begins.
   */
  static Position locate(String text, Position start, String value, int offset) {
    int begin = offsetOf(text, start.line(), start.column());
    if (begin < 0 || begin >= text.length()) {
      return start;
    }
    char first = text.charAt(begin);
    if (first == '|' || first == '>') {
      return inBlock(text, start, value, offset);
    }
    int from = first == '"' || first == '\'' ? begin + 1 : begin;
    int lineEnd = value.indexOf('\n');
    boolean verbatim = lineEnd < 0 && text.startsWith(value, from);
    return verbatim
        ? new Position(start.line(), start.column() + (from - begin) + codePoints(value, offset))
        : start;
  }

  private static Position inBlock(String text, Position start, String value, int offset) {
    int upTo = Math.min(offset, value.length());
    int line = 0;
    int lineStart = 0;
    for (int i = value.indexOf('\n'); i >= 0 && i < upTo; i = value.indexOf('\n', i + 1)) {
      line++;
      lineStart = i + 1;
    }
    int valueLineEnd = value.indexOf('\n', lineStart);
    String wanted = value.substring(lineStart, valueLineEnd < 0 ? value.length() : valueLineEnd);
    int sourceLine = start.line() + 1 + line;
    int begin = offsetOf(text, sourceLine, 1);
    if (begin < 0) {
      return start;
    }
    int end = text.indexOf('\n', begin);
    String written = text.substring(begin, end < 0 ? text.length() : end);
    int indentation = written.indexOf(wanted);
    return indentation < 0
        ? start
        : new Position(sourceLine, indentation + 1 + codePoints(wanted, upTo - lineStart));
  }

  private static int codePoints(String value, int offset) {
    return value.codePointCount(0, Math.clamp(offset, 0, value.length()));
  }

  private static int offsetOf(String text, int line, int column) {
    int begin = 0;
    for (int i = 1; i < line; i++) {
      int end = text.indexOf('\n', begin);
      if (end < 0) {
        return -1;
      }
      begin = end + 1;
    }
    int rest = text.length() - begin;
    return column - 1 > rest
        ? -1
        : text.offsetByCodePoints(
            begin, Math.min(column - 1, text.codePointCount(begin, text.length())));
  }
}
