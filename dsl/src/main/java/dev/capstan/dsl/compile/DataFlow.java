package dev.capstan.dsl.compile;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.model.DataSchema;
import dev.capstan.dsl.model.Export;
import dev.capstan.dsl.model.Input;
import dev.capstan.dsl.model.Output;
import dev.capstan.dsl.schema.JsonDataSchema;
import dev.capstan.dsl.schema.ResourceReader;
import dev.capstan.dsl.schema.ResourceRefusedException;
import org.jspecify.annotations.Nullable;

/** Compiles {@code input}, {@code output} and {@code export}. */
final class DataFlow {
  private final Templates templates;
  private final ResourceReader resources;

  DataFlow(Templates templates, ResourceReader resources) {
    this.templates = templates;
    this.resources = resources;
  }

  Input input(@Nullable JsonNode value) {
    return value == null
        ? Input.AS_IS
        : new Input(schema(value), templates.expressionOrObject(value.get("from")));
  }

  Output output(@Nullable JsonNode value) {
    return value == null
        ? Output.AS_IS
        : new Output(schema(value), templates.expressionOrObject(value.get("as")));
  }

  Export export(@Nullable JsonNode value) {
    return value == null
        ? Export.NOTHING
        : new Export(schema(value), templates.expressionOrObject(value.get("as")));
  }

  private @Nullable DataSchema schema(JsonNode owner) {
    JsonNode schema = owner.get("schema");
    if (schema == null) {
      return null;
    }
    JsonNode document = schema.get("document");
    try {
      return new JsonDataSchema(
          document != null ? document : resources.read(schema.required("resource")));
    } catch (ResourceRefusedException e) {
      throw new IllegalStateException("an unchecked resource: " + schema, e);
    }
  }
}
