package dev.capstan.dsl;

import dev.capstan.dsl.diagnostic.Diagnostic;
import java.util.ArrayList;
import java.util.List;

/**
 * A case of a case file. A file begins with a comment on what it is about; then each case is a line
 * {@code === title}, a definition, a line {@code ---} and what the loader says about it, a line per
 * finding. A definition without {@code document} gets one as its last line, one without {@code do}
 * a task before that, so that cases stay short and line numbers count from their first line. {@code
 * \t} in a title-marked case stays as it is.
 */
record Case(String file, String title, String text, String expected) {
  private static final String DOCUMENT =
      "document: {dsl: '1.0.3', namespace: test, name: test, version: '1.0.0'}\n";
  private static final String TASK = "do: [{ok: {set: {a: 1}}}]\n";

  static List<Case> in(TestFile file) {
    List<Case> cases = new ArrayList<>();
    for (String part : file.text().split("(?m)^=== ")) {
      if (part.startsWith("#") || part.isBlank()) {
        continue;
      }
      int titleEnd = part.indexOf('\n');
      int divider = part.indexOf("\n---\n", titleEnd - 1);
      cases.add(
          new Case(
              file.name(),
              part.substring(0, titleEnd),
              part.substring(titleEnd + 1, divider + 1),
              part.substring(divider + 5).strip()));
    }
    return cases;
  }

  /** The definition as it is loaded. */
  String definition() {
    if (title.startsWith("raw: ")) {
      return text;
    }
    boolean hasTasks = text.startsWith("do:") || text.contains("\ndo:");
    boolean hasDocument = text.startsWith("document:") || text.contains("\ndocument:");
    return text + (hasTasks ? "" : TASK) + (hasDocument ? "" : DOCUMENT);
  }

  /** Findings as case files have them. */
  static String print(List<Diagnostic> diagnostics) {
    List<String> lines = new ArrayList<>();
    for (Diagnostic diagnostic : diagnostics) {
      String hint = diagnostic.hint();
      int fix = hint == null ? -1 : hint.indexOf("fix: did you mean");
      lines.add(
          diagnostic.line()
              + ":"
              + diagnostic.column()
              + " "
              + (diagnostic.isError() ? "" : "warning ")
              + diagnostic.code()
              + " "
              + diagnostic.message()
              + (hint == null || fix < 0 ? "" : " [" + hint.substring(fix + 5) + "]"));
    }
    return String.join("\n", lines);
  }

  @Override
  public String toString() {
    return file + ": " + title;
  }
}
