package dev.capstan.dsl.jq;

/** The characters of strings in programs. */
final class StringLiteral {
  private StringLiteral() {}

  /**
   * Reads on in a string.
   *
   * @return true if an interpolation begins, false if the string ended
   */
  static boolean readChunk(String text, Lexer lexer, StringBuilder out) throws JqSyntaxException {
    int start = lexer.position();
    int at = start;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        lexer.seek(at);
        return false;
      }
      if (c != '\\') {
        out.append(c);
      } else if (at < text.length() && text.charAt(at) == '(') {
        lexer.seek(at + 1);
        return true;
      } else {
        at = escape(text, at, out);
      }
    }
    throw new JqSyntaxException(
        "found the end, expected '\"' to close the string", text, text.length());
  }

  private static int escape(String text, int at, StringBuilder out) throws JqSyntaxException {
    char c = at < text.length() ? text.charAt(at) : 0;
    switch (c) {
      case '"', '\\', '/' -> out.append(c);
      case 'n' -> out.append('\n');
      case 't' -> out.append('\t');
      case 'r' -> out.append('\r');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'u' -> {
        return unicode(text, at + 1, out);
      }
      default ->
          throw new JqSyntaxException(
              "found an unknown escape, expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u \\(",
              text,
              at - 1);
    }
    return at + 1;
  }

  private static int unicode(String text, int at, StringBuilder out) throws JqSyntaxException {
    int value = 0;
    for (int i = at; i < at + 4; i++) {
      int digit = i < text.length() ? Character.digit(text.charAt(i), 16) : -1;
      if (digit < 0) {
        throw new JqSyntaxException(
            "found an incomplete escape, expected four hexadecimal digits", text, at - 2);
      }
      value = value * 16 + digit;
    }
    out.append((char) value);
    return at + 4;
  }
}
