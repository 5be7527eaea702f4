package dev.capstan.dsl;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Checker;
import dev.capstan.dsl.compile.DefinitionCompiler;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.Severity;
import dev.capstan.dsl.expression.ExpressionTable;
import dev.capstan.dsl.source.SourceDocument;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import java.util.List;

/**
 * Text to definition: the only entry of this module for those who have a text. Immutable; may be
 * used by any thread. Keeps nothing between calls.
 */
public final class DefinitionLoader {
  /**
   * Loads YAML or JSON text.
   *
   * @param name the file's name or any other name; {@code .json} at its end wants JSON
   */
  public LoadResult load(String text, String name) {
    try {
      return check(SourceReader.read(text, name, SourceLimits.DEFAULT));
    } catch (SourceException e) {
      return rejected(e);
    }
  }

  /** Loads a definition that is JSON already; its diagnostics have pointers but no lines. */
  public LoadResult load(JsonNode definition) {
    try {
      return check(SourceReader.read(definition, SourceLimits.DEFAULT));
    } catch (SourceException e) {
      return rejected(e);
    }
  }

  private LoadResult check(SourceDocument document) {
    ExpressionTable expressions = new ExpressionTable();
    Checker.Outcome outcome = Checker.check(document, expressions);
    return outcome.usable()
        ? new LoadResult.Loaded(
            DefinitionCompiler.compile(document.root(), expressions), outcome.diagnostics())
        : new LoadResult.Rejected(outcome.diagnostics());
  }

  private static LoadResult rejected(SourceException e) {
    Diagnostic diagnostic =
        new Diagnostic(
            e.code().code(),
            Severity.ERROR,
            e.message(),
            "",
            e.position().line(),
            e.position().column(),
            e.hint());
    return new LoadResult.Rejected(List.of(diagnostic));
  }
}
