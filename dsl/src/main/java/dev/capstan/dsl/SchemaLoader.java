package dev.capstan.dsl;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.schema.JsonDataSchema;
import dev.capstan.dsl.schema.SchemaDocuments;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import java.util.List;

/** The document of a JSON schema that was fetched, in YAML or JSON. */
public final class SchemaLoader {
  /** What one document may hold: as much as that of a function. */
  private static final SourceLimits LIMITS = new SourceLimits(1 << 18, 400, 50_000, 400);

  private SchemaLoader() {}

  /** What became of a text that should be a schema. */
  public sealed interface Result {

    /** It is one; its document as JSON. */
    record Loaded(JsonNode document) implements Result {}

    /** It is none: what is wrong, and where. */
    record Rejected(String problem) implements Result {}
  }

  /** Reads and checks a text. */
  public static Result load(String text) {
    try {
      return checked(SourceReader.read(text, "schema.yaml", LIMITS).root());
    } catch (SourceException e) {
      int line = e.position().line();
      return new Result.Rejected(
          line > 0
              ? e.message() + " (line " + line + ", column " + e.position().column() + ")"
              : e.message());
    }
  }

  private static Result checked(JsonNode document) {
    List<SchemaDocuments.Problem> problems = SchemaDocuments.problems(document);
    if (problems.isEmpty()) {
      String unusable = new JsonDataSchema(document).unusable();
      return unusable == null
          ? new Result.Loaded(document)
          : new Result.Rejected("it can't be used: " + unusable);
    }
    SchemaDocuments.Problem first = problems.getFirst();
    return new Result.Rejected(
        first.steps().isEmpty()
            ? first.message()
            : first.message() + " (at /" + String.join("/", first.steps()) + ")");
  }
}
