package dev.capstan.server.http.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records as JSON objects. Members that are null are left out; times are RFC 3339 in UTC; words of
 * enums are in lower case.
 */
public final class RecordWriter {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private RecordWriter() {}

  /** The object of a record. */
  public static ObjectNode write(Record value) {
    ObjectNode object = NODES.objectNode();
    for (RecordShape.Member member : RecordShape.of(value.getClass()).members()) {
      Object part = member.value(value);
      if (part != null) {
        object.set(member.name(), node(part));
      }
    }
    return object;
  }

  private static JsonNode node(@Nullable Object value) {
    return switch (value) {
      case null -> NODES.nullNode();
      case JsonNode json -> json;
      case String text -> NODES.textNode(text);
      case Boolean flag -> NODES.booleanNode(flag);
      case Integer number -> NODES.numberNode(number);
      case Long number -> NODES.numberNode(number);
      case Double number -> NODES.numberNode(number);
      case Instant time -> NODES.textNode(time.toString());
      case Enum<?> word -> NODES.textNode(word.name().toLowerCase(Locale.ROOT));
      case Record record -> write(record);
      case List<?> list -> array(list);
      case Map<?, ?> map -> object(map);
      default -> throw new IllegalArgumentException("No JSON form for " + value.getClass());
    };
  }

  private static ArrayNode array(List<?> list) {
    ArrayNode array = NODES.arrayNode(list.size());
    list.forEach(item -> array.add(node(item)));
    return array;
  }

  private static ObjectNode object(Map<?, ?> map) {
    ObjectNode object = NODES.objectNode();
    map.forEach((name, value) -> object.set(String.valueOf(name), node(value)));
    return object;
  }
}
