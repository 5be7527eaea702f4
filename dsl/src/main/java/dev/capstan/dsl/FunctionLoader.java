package dev.capstan.dsl;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Checker;
import dev.capstan.dsl.compile.DefinitionCompiler;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.expression.ExpressionTable;
import dev.capstan.dsl.model.TaskList;
import dev.capstan.dsl.source.SourceDocument;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;

/**
 * The document of a function, which stands by itself: a task (specification: Creating a Custom
 * Function). It sees nothing of the definition that calls it.
 */
public final class FunctionLoader {
  /** What one document may hold: a quarter of a definition. */
  private static final SourceLimits LIMITS = new SourceLimits(1 << 18, 400, 50_000, 400);

  private FunctionLoader() {}

  /** What became of a text that should be a function. */
  public sealed interface Result {

    /** It is one; its document as JSON, for {@link #compile}. */
    record Loaded(JsonNode document) implements Result {}

    /** It is none: what is wrong, and where. */
    record Rejected(String problem) implements Result {}
  }

  /** Reads and checks YAML or JSON text. */
  public static Result load(String text, String name) {
    try {
      SourceDocument document = SourceReader.read(text, name, LIMITS);
      Checker.Outcome outcome = Checker.checkFunction(document, new ExpressionTable());
      return outcome.usable()
          ? new Result.Loaded(document.root())
          : new Result.Rejected(firstError(outcome));
    } catch (SourceException e) {
      return new Result.Rejected(at(e.message(), e.position().line(), e.position().column()));
    }
  }

  /** A list of one task: the function {@code name}, whose document was loaded before. */
  public static TaskList compile(String name, JsonNode document) {
    return DefinitionCompiler.compileFunction(name, document, new ExpressionTable());
  }

  private static String firstError(Checker.Outcome outcome) {
    return outcome.diagnostics().stream()
        .filter(Diagnostic::isError)
        .findFirst()
        .map(error -> at(error.message(), error.line(), error.column()))
        .orElseThrow();
  }

  private static String at(String message, int line, int column) {
    return line > 0 ? message + " (line " + line + ", column " + column + ")" : message;
  }
}
