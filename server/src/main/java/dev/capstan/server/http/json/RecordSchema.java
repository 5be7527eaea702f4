package dev.capstan.server.http.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * JSON schemas (2020-12, as OpenAPI 3.1 has them) of records. Collects every record it meets under
 * its name.
 */
public final class RecordSchema {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String REFERENCES = "#/components/schemas/";

  private final Map<String, ObjectNode> schemas = new TreeMap<>();
  private final Map<String, Class<?>> owners = new TreeMap<>();

  /** A reference to the schema of a record. */
  public ObjectNode reference(Class<?> type) {
    String name = type.getSimpleName();
    Class<?> owner = owners.putIfAbsent(name, type);
    if (owner == null) {
      ObjectNode schema = NODES.objectNode();
      schemas.put(name, schema);
      fill(schema, RecordShape.of(type));
    } else if (owner != type) {
      throw new IllegalStateException(
          "Two records have the name " + name + ": " + owner + ", " + type);
    }
    return NODES.objectNode().put("$ref", REFERENCES + name);
  }

  /** All schemas met so far by name. */
  public ObjectNode all() {
    ObjectNode all = NODES.objectNode();
    schemas.forEach(all::set);
    return all;
  }

  private void fill(ObjectNode schema, RecordShape shape) {
    schema.put("type", "object");
    Described described = shape.type().getAnnotation(Described.class);
    if (described != null) {
      schema.put("description", described.value());
    }
    ArrayNode required = NODES.arrayNode();
    ObjectNode properties = NODES.objectNode();
    for (RecordShape.Member member : shape.members()) {
      ObjectNode property = schema(member.type());
      if (member.described() != null) {
        property.put("description", member.described().value());
      }
      properties.set(member.name(), property);
      if (!member.optional()) {
        required.add(member.name());
      }
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    schema.set("properties", properties);
  }

  private ObjectNode schema(Type type) {
    Class<?> raw = RecordShape.rawType(type);
    ObjectNode schema = NODES.objectNode();
    if (raw == JsonNode.class) {
      return schema;
    }
    if (raw.isEnum()) {
      ArrayNode words = schema.put("type", "string").putArray("enum");
      for (Object word : raw.getEnumConstants()) {
        words.add(((Enum<?>) word).name().toLowerCase(Locale.ROOT));
      }
      return schema;
    }
    if (raw == List.class) {
      schema.put("type", "array").set("items", schema(RecordShape.argument(type, 0)));
      return schema;
    }
    if (raw == Map.class) {
      schema
          .put("type", "object")
          .set("additionalProperties", schema(RecordShape.argument(type, 1)));
      return schema;
    }
    return raw.isRecord() ? reference(raw) : plain(raw, schema);
  }

  private static ObjectNode plain(Class<?> raw, ObjectNode schema) {
    if (raw == String.class) {
      return schema.put("type", "string");
    }
    if (raw == Instant.class) {
      return schema.put("type", "string").put("format", "date-time");
    }
    if (raw == boolean.class || raw == Boolean.class) {
      return schema.put("type", "boolean");
    }
    if (raw == long.class || raw == Long.class) {
      return schema.put("type", "integer").put("format", "int64");
    }
    if (raw == int.class || raw == Integer.class) {
      return schema.put("type", "integer").put("format", "int32");
    }
    if (raw == double.class || raw == Double.class) {
      return schema.put("type", "number");
    }
    throw new IllegalArgumentException("No schema for " + raw);
  }
}
