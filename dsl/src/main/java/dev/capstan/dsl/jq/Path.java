package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import org.jspecify.annotations.Nullable;

/** A path while it is being walked, last step first. */
final class Path {
  static final Path ROOT = new Path(null, NullNode.getInstance(), 0);

  /** Of a value that was made and has no place, like that of {@code path(1)}. */
  static final Path NOWHERE = new Path(null, NullNode.getInstance(), 0);

  private final @Nullable Path parent;
  private final JsonNode key;
  private final int length;

  private Path(@Nullable Path parent, JsonNode key, int length) {
    this.parent = parent;
    this.key = key;
    this.length = length;
  }

  /** The path of a computed value: none if nobody asked. */
  static @Nullable Path nowhere(@Nullable Path asked) {
    return asked == null ? null : NOWHERE;
  }

  /** One step down, or null if nobody asked. */
  static @Nullable Path step(Run run, @Nullable Path path, JsonNode value, JsonNode key) {
    if (path == null) {
      return null;
    }
    if (path == NOWHERE) {
      throw JqException.error(
          "Invalid path expression near attempt to access element "
              + JsonText.preview(key)
              + " of "
              + JsonText.preview(value));
    }
    run.allocate(1);
    return new Path(path, key, path.length + 1);
  }

  static void checkIterable(@Nullable Path path, JsonNode value) {
    if (path == NOWHERE) {
      throw JqException.error(
          "Invalid path expression near attempt to iterate through " + JsonText.preview(value));
    }
  }

  /** The path as a value, for a program that asked for it. */
  ArrayNode toArray(Run run, JsonNode value) {
    if (this == NOWHERE) {
      throw JqException.error("Invalid path expression with result " + JsonText.preview(value));
    }
    run.allocate(length);
    JsonNode[] keys = new JsonNode[length];
    Path at = this;
    for (int i = length - 1; i >= 0 && at != null; i--) {
      keys[i] = at.key;
      at = at.parent;
    }
    ArrayNode array = JsonNodeFactory.instance.arrayNode(length);
    for (JsonNode step : keys) {
      array.add(step);
    }
    return array;
  }
}
