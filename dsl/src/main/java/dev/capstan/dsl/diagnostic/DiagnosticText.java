package dev.capstan.dsl.diagnostic;

import java.util.List;

/**
 * Prints diagnostics for people: what happened, where, the line itself with a mark below it, and
 * what to do. Stateless.
 */
public final class DiagnosticText {
  private static final int WIDEST_LINE = 160;
  private static final int WIDEST_MARK = 60;

  private DiagnosticText() {}

  /**
   * All diagnostics, one below the other, ended by a line break.
   *
   * @param name what the text is called, such as its file name
   * @param text what was loaded; empty if it was not text
   */
  public static String render(List<Diagnostic> diagnostics, String name, String text) {
    List<String> lines = text.lines().toList();
    StringBuilder out = new StringBuilder();
    for (Diagnostic diagnostic : diagnostics) {
      if (!out.isEmpty()) {
        out.append('\n');
      }
      render(diagnostic, name, lines, out);
    }
    return out.toString();
  }

  private static void render(
      Diagnostic diagnostic, String name, List<String> lines, StringBuilder out) {
    String number = Integer.toString(diagnostic.line());
    String gutter = " ".repeat(Math.max(2, number.length()));
    out.append(diagnostic.isError() ? "error " : "warning ")
        .append(diagnostic.code())
        .append(": ")
        .append(printable(diagnostic.message()))
        .append('\n')
        .append(gutter)
        .append("┌ ")
        .append(printable(name));
    if (diagnostic.line() > 0) {
      out.append(':').append(number).append(':').append(diagnostic.column()).append('\n');
    } else {
      out.append(' ').append(printable(diagnostic.pointer())).append('\n');
    }
    if (diagnostic.line() > 0 && diagnostic.line() <= lines.size()) {
      source(diagnostic, lines.get(diagnostic.line() - 1), number, gutter, out);
    }
    if (diagnostic.hint() != null) {
      diagnostic
          .hint()
          .lines()
          .forEach(line -> out.append(gutter).append("= ").append(printable(line)).append('\n'));
    }
    out.append(gutter).append("= more: capstan explain ").append(diagnostic.code()).append('\n');
  }

  private static void source(
      Diagnostic diagnostic, String line, String number, String gutter, StringBuilder out) {
    int length = line.codePointCount(0, line.length());
    int column = Math.clamp(diagnostic.column(), 1, length + 1);
    int start = line.offsetByCodePoints(0, column - 1);
    int cut = start > WIDEST_LINE / 2 ? start - WIDEST_LINE / 2 : 0;
    String shown = line.substring(cut, Math.min(line.length(), cut + WIDEST_LINE));
    int before = line.codePointCount(cut, start);
    out.append(" ".repeat(gutter.length() - number.length()))
        .append(number)
        .append("│ ")
        .append(printable(shown))
        .append('\n')
        .append(gutter)
        .append("│ ")
        .append(" ".repeat(before))
        .append("^".repeat(Math.min(WIDEST_MARK, Math.max(1, wordLength(line, start)))))
        .append('\n');
  }

  /** How long the key or value is that begins at {@code start}. */
  private static int wordLength(String line, int start) {
    if (start >= line.length()) {
      return 1;
    }
    char first = line.charAt(start);
    if (first == '"' || first == '\'') {
      int end = line.indexOf(first, start + 1);
      return (end < 0 ? line.length() - 1 : end) - start + 1;
    }
    String before = line.substring(0, start);
    boolean inFlow = before.indexOf('{') >= 0 || before.indexOf('[') >= 0;
    int end = start;
    while (end < line.length() && !endsWord(line, end, inFlow)) {
      end++;
    }
    return line.substring(start, end).stripTrailing().length();
  }

  private static boolean endsWord(String line, int at, boolean inFlow) {
    char c = line.charAt(at);
    boolean colon = c == ':' && (at + 1 == line.length() || line.charAt(at + 1) == ' ');
    boolean comment = c == ' ' && line.startsWith(" #", at);
    return colon || comment || (inFlow && (c == ',' || c == '}' || c == ']'));
  }

  /** Without characters that would move the cursor or colour a terminal. */
  private static String printable(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c == '\t' || c == '\n' ? ' ' : c)
        .forEach(
            c -> shown.appendCodePoint(Character.isISOControl(c) || isInvisible(c) ? '\uFFFD' : c));
    return shown.toString();
  }

  private static boolean isInvisible(int c) {
    return Character.getType(c) == Character.FORMAT;
  }
}
