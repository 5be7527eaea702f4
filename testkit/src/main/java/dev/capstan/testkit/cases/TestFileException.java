package dev.capstan.testkit.cases;

import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.DiagnosticText;
import java.util.List;

/** A test file, or a workflow that it names, is not valid. Says what to tell its author. */
public final class TestFileException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final transient List<Diagnostic> diagnostics;
  private final String rendered;

  TestFileException(String file, String text, List<Diagnostic> diagnostics) {
    super(DiagnosticText.render(diagnostics, file, text));
    this.file = file;
    this.diagnostics = List.copyOf(diagnostics);
    this.rendered = DiagnosticText.render(diagnostics, file, text);
  }

  /** The file that is wrong: the test file, or a workflow as the test file names it. */
  public String file() {
    return file;
  }

  /** What is wrong, and where, in the order of the text. */
  public List<Diagnostic> diagnostics() {
    return diagnostics;
  }

  /** The diagnostics for people, ended by a line break. */
  public String rendered() {
    return rendered;
  }
}
