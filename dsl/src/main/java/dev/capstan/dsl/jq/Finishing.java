package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * The way out of an evaluation: as jq prints them, NaN is null and infinities are the greatest
 * finite numbers.
 */
@SuppressWarnings("ReferenceEquality") // what did not change is not copied
final class Finishing {
  private Finishing() {}

  static JsonNode finish(Run run, JsonNode value, int level) {
    run.checkDepth(level);
    run.tick();
    return switch (value) {
      case ArrayNode array -> array(run, array, level);
      case ObjectNode object -> object(run, object, level);
      case DoubleNode number -> number(number);
      default -> value;
    };
  }

  private static JsonNode number(DoubleNode number) {
    double d = number.doubleValue();
    if (Double.isNaN(d)) {
      return NullNode.getInstance();
    }
    return Double.isInfinite(d) ? DoubleNode.valueOf(Math.copySign(Double.MAX_VALUE, d)) : number;
  }

  private static JsonNode array(Run run, ArrayNode array, int level) {
    ArrayNode copy = null;
    for (int i = 0; i < array.size(); i++) {
      JsonNode before = array.get(i);
      JsonNode after = finish(run, before, level + 1);
      if (after != before) {
        copy = copy == null ? JsonNodeFactory.instance.arrayNode(array.size()).addAll(array) : copy;
        copy.set(i, after);
      }
    }
    return copy == null ? array : copy;
  }

  private static JsonNode object(Run run, ObjectNode object, int level) {
    ObjectNode copy = null;
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      JsonNode after = finish(run, field.getValue(), level + 1);
      if (after != field.getValue()) {
        copy = copy == null ? JsonNodeFactory.instance.objectNode().setAll(object) : copy;
        copy.set(field.getKey(), after);
      }
    }
    return copy == null ? object : copy;
  }
}
