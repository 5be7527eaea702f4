package dev.capstan.testkit.cases;

import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.diagnostic.NearestName;
import dev.capstan.dsl.diagnostic.Severity;
import dev.capstan.dsl.source.Position;
import dev.capstan.dsl.source.SourceDocument;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is wrong with a test file, and where. */
final class Findings {
  private static final int MOST = 20;
  private static final int MOST_NAMES = 30;

  private final SourceDocument document;
  private final List<Diagnostic> all = new ArrayList<>();

  Findings(SourceDocument document) {
    this.document = document;
  }

  /** So far, at most 20, in the order of the text. */
  List<Diagnostic> all() {
    return all.stream()
        .sorted(Comparator.comparingInt(Diagnostic::line).thenComparingInt(Diagnostic::column))
        .toList();
  }

  /** Where a value begins. */
  int line(String pointer) {
    return document.positionOf(pointer).line();
  }

  /** A finding about a value. */
  void value(DiagnosticCode code, String pointer, String message, @Nullable String hint) {
    add(code, pointer, document.positionOf(pointer), message, hint);
  }

  /** A finding about a key. */
  void key(DiagnosticCode code, String pointer, String message, @Nullable String hint) {
    add(code, pointer, document.keyPositionOf(pointer), message, hint);
  }

  /** The name that was meant, or all that there are. */
  static String hint(Collection<String> known, String written) {
    String nearest = NearestName.among(known, written);
    List<String> shown = known.stream().limit(MOST_NAMES).toList();
    return (nearest == null ? "" : "did you mean \"" + nearest + "\"?\n")
        + "allowed: "
        + String.join(", ", shown)
        + (known.size() > shown.size() ? ", ..." : "");
  }

  private void add(
      DiagnosticCode code,
      String pointer,
      Position position,
      String message,
      @Nullable String hint) {
    if (all.size() < MOST) {
      all.add(
          new Diagnostic(
              code.code(),
              Severity.ERROR,
              message,
              pointer,
              position.line(),
              position.column(),
              hint));
    }
  }
}
