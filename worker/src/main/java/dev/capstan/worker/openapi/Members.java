package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which members the schema of a body knows.
 *
 * @param open whether others are welcome too, or the schema does not tell
 * @param names the known ones, in the schema's order
 * @param files those that are files
 */
record Members(boolean open, Set<String> names, Set<String> files) {

  /** No member at all: the body is given as a whole. */
  static final Members NONE = new Members(false, Set.of(), Set.of());

  /**
   * Reads a schema. A schema that lists its properties and says nothing of others is taken at its
   * list: a mistyped parameter must not travel in the body unseen.
   */
  static Members of(JsonNode schema, References references) {
    Reading reading = new Reading(references);
    reading.read(schema);
    if (reading.shapeless) {
      return NONE;
    }
    return new Members(reading.open || reading.names.isEmpty(), reading.names, reading.files);
  }

  boolean allow(String name) {
    return open || names.contains(name);
  }

  private static final class Reading {

    private static final Set<String> OPENING =
        Set.of("oneOf", "anyOf", "if", "patternProperties", "dependentSchemas");

    private final References references;
    private final Set<String> names = new LinkedHashSet<>();
    private final Set<String> files = new LinkedHashSet<>();
    private final Set<JsonNode> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean open;
    private boolean shapeless;

    Reading(References references) {
      this.references = references;
    }

    /** Goes as deep as schemas join others by {@code allOf}, and nowhere twice. */
    void read(JsonNode written) {
      JsonNode schema = references.resolveIfPossible(written);
      if (!schema.isObject() || !seen.add(schema)) {
        open |= !schema.isObject();
        return;
      }
      JsonNode type = schema.path("type");
      shapeless |= type.isTextual() && !type.textValue().equals("object");
      JsonNode additional = schema.path("additionalProperties");
      open |= additional.isObject() || additional.asBoolean();
      open |= OPENING.stream().anyMatch(schema::has);
      for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
        names.add(property.getKey());
        if (isFile(references.resolveIfPossible(property.getValue()))) {
          files.add(property.getKey());
        }
      }
      schema.path("allOf").forEach(this::read);
    }

    private boolean isFile(JsonNode schema) {
      JsonNode single =
          schema.path("type").asText().equals("array")
              ? references.resolveIfPossible(schema.path("items"))
              : schema;
      return single.path("format").asText().equals("binary") || single.has("contentMediaType");
    }
  }
}
