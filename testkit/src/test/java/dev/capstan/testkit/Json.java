package dev.capstan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Comparing JSON in tests. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  /**
   * The value as it reads after being written, so that an int and a long of one value are equal.
   */
  static JsonNode normalized(@Nullable JsonNode value) {
    try {
      return value == null
          ? JsonNodeFactory.instance.missingNode()
          : MAPPER.readTree(value.toString());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static List<String> strings(JsonNode array) {
    return array.valueStream().map(JsonNode::asText).toList();
  }

  static ArrayNode array(List<JsonNode> items) {
    return new ArrayNode(JsonNodeFactory.instance, items);
  }

  static JsonNode of(WorkRequest request) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("kind", request.kind()).put("task", request.task()).put("attempt", request.attempt());
    json.put("key", request.idempotencyKey()).put("reference", request.reference());
    json.set("arguments", request.arguments());
    return json;
  }

  /**
   * Requires everything in {@code part} to be in {@code whole}: members of objects, items of arrays
   * of equal length.
   */
  static void requireContains(JsonNode whole, JsonNode part, String path) {
    if (part.isObject()) {
      part.properties()
          .forEach(member ->
              requireContains(
                  whole.path(member.getKey()), member.getValue(), path + "." + member.getKey()));
    } else if (part.isArray()) {
      assertThat(whole.size()).as("%s has as many items: %s", path, whole).isEqualTo(part.size());
      for (int i = 0; i < part.size(); i++) {
        requireContains(whole.path(i), part.get(i), path + "[" + i + "]");
      }
    } else {
      assertThat(normalized(whole)).as(path).isEqualTo(normalized(part));
    }
  }
}
