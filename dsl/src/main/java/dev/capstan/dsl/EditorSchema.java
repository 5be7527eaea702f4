package dev.capstan.dsl;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.dsl.check.EngineSchema;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A JSON schema of definitions for editors: the specification's own, and under {@code
 * metadata.capstan} of tasks and of the document what this engine knows. It is stricter than the
 * specification only there.
 */
public final class EditorSchema {
  private static final String SOURCE = "workflow-schema.yaml";

  /** Another schema than the specification's must not have its name. */
  private static final String ID = "urn:capstan:workflow-schema";

  private EditorSchema() {}

  /** The schema, in JSON Schema 2020-12. A new tree for each call. */
  public static ObjectNode read() {
    ObjectNode schema = specification();
    schema.put("$id", ID);
    schema.put("title", "Open Workflow definition for Capstan");
    // Beside the kinds of tasks: what all of them have is looked at once for each of the kinds.
    know(schema, "/$defs/task", EngineSchema.ofTask());
    know(schema, "/properties/document", EngineSchema.ofDocument());
    return schema;
  }

  private static void know(ObjectNode schema, String pointer, ObjectNode settings) {
    if (!(schema.at(pointer) instanceof ObjectNode owner)) {
      throw new IllegalStateException(SOURCE + " has nothing at " + pointer);
    }
    owner
        .withObjectProperty("properties")
        .withObjectProperty("metadata")
        .withObjectProperty("properties")
        .set("capstan", settings);
  }

  private static ObjectNode specification() {
    try (InputStream stream =
        Objects.requireNonNull(EditorSchema.class.getResourceAsStream(SOURCE))) {
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      return (ObjectNode) SourceReader.read(text, SOURCE, SourceLimits.DEFAULT).root();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SourceException e) {
      throw new IllegalStateException(e);
    }
  }
}
