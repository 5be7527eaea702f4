package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/** How large a value is as JSON, close enough for limits: characters count as bytes. */
final class JsonSize {
  private static final int NUMBER = 8;

  private JsonSize() {}

  /** The size in bytes; counts no further than a little beyond {@code limit}. */
  static long of(JsonNode value, long limit) {
    if (!value.isContainerNode()) {
      return scalar(value);
    }
    long size = 0;
    Deque<JsonNode> open = new ArrayDeque<>();
    open.push(value);
    while (!open.isEmpty() && size <= limit) {
      JsonNode container = open.pop();
      size += 2;
      if (container instanceof ArrayNode array) {
        for (JsonNode item : array) {
          size += 1 + add(item, open);
        }
      } else {
        for (Map.Entry<String, JsonNode> member : container.properties()) {
          size += member.getKey().length() + 4L + add(member.getValue(), open);
        }
      }
    }
    return size;
  }

  private static long add(JsonNode value, Deque<JsonNode> open) {
    if (value.isContainerNode()) {
      open.push(value);
      return 0;
    }
    return scalar(value);
  }

  private static long scalar(JsonNode value) {
    String text = value.textValue();
    return text == null ? NUMBER : text.length() + 2L;
  }
}
