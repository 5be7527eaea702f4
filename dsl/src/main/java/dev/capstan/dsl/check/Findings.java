package dev.capstan.dsl.check;

import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.diagnostic.Severity;
import dev.capstan.dsl.source.SourceDocument;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What was found in one definition. For one thread. */
final class Findings {
  /** Told to an author at a time. */
  private static final int SHOWN = 20;

  /** Kept; a hostile text may have a finding per character. */
  private static final int KEPT = 500;

  private final List<Finding> errors = new ArrayList<>();
  private final List<Finding> warnings = new ArrayList<>();

  void error(DiagnosticCode code, Finding.Place place, String message, @Nullable String hint) {
    if (errors.size() < KEPT) {
      errors.add(new Finding(code, Severity.ERROR, place, message, hint));
    }
  }

  void warning(DiagnosticCode code, Finding.Place place, String message, @Nullable String hint) {
    if (warnings.size() < KEPT) {
      warnings.add(new Finding(code, Severity.WARNING, place, message, hint));
    }
  }

  /** Says that the language has what stands at {@code path}, and this engine can't run it. */
  void unrunnable(Shape.Unrunnable shape, Path path) {
    error(
        DiagnosticCode.NOT_RUNNABLE_YET,
        new Finding.Place.Key(path),
        shape.message(),
        shape.hint());
  }

  int errorCount() {
    return errors.size();
  }

  /** Whether further errors would not be kept, so that looking for them is of no use. */
  boolean isFull() {
    return errors.size() >= KEPT;
  }

  boolean hasErrors() {
    return !errors.isEmpty();
  }

  /** In the order of the text, at most 20; errors push warnings out. */
  List<Diagnostic> diagnostics(SourceDocument document) {
    List<Diagnostic> first = inOrder(errors.stream(), document);
    int room = SHOWN - first.size();
    List<Diagnostic> second = inOrder(warnings.stream(), document).stream().limit(room).toList();
    return Stream.concat(first.stream(), second.stream()).sorted(ORDER).toList();
  }

  private static final Comparator<Diagnostic> ORDER =
      Comparator.comparingInt(Diagnostic::line).thenComparingInt(Diagnostic::column);

  private static List<Diagnostic> inOrder(Stream<Finding> findings, SourceDocument document) {
    return findings.map(finding -> finding.locate(document)).sorted(ORDER).limit(SHOWN).toList();
  }
}
