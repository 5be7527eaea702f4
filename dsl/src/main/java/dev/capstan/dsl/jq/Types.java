package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.NullNode;

/** The types of values. */
final class Types {
  private Types() {}

  static String name(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "array";
      case BOOLEAN -> "boolean";
      case NUMBER -> "number";
      case OBJECT -> "object";
      case STRING -> "string";
      case NULL, MISSING, BINARY, POJO -> "null";
    };
  }

  /** The rank of a value's type in jq's order of all values; false and true count as two types. */
  static int rank(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL, MISSING, BINARY, POJO -> 0;
      case BOOLEAN -> value.booleanValue() ? 2 : 1;
      case NUMBER -> 3;
      case STRING -> 4;
      case ARRAY -> 5;
      case OBJECT -> 6;
    };
  }

  static boolean isNull(JsonNode value) {
    return value instanceof NullNode || rank(value) == 0;
  }

  static boolean truthy(JsonNode value) {
    return value instanceof BooleanNode ? value.booleanValue() : !isNull(value);
  }

  static boolean isNumber(JsonNode value) {
    return value.getNodeType() == JsonNodeType.NUMBER;
  }

  static JsonNode bool(boolean value) {
    return value ? BooleanNode.TRUE : BooleanNode.FALSE;
  }

  /** An error in jq's wording: {@code number (1) cannot be ...}. */
  static JqException error(JsonNode value, String problem) {
    return JqException.error(described(value) + " " + problem);
  }

  /** An error about two values. */
  static JqException error(JsonNode left, JsonNode right, String problem) {
    return JqException.error(described(left) + " and " + described(right) + " " + problem);
  }

  static String described(JsonNode value) {
    return name(value) + " (" + JsonText.preview(value) + ")";
  }

  static String text(JsonNode value, String problem) {
    if (!value.isTextual()) {
      throw error(value, problem);
    }
    return value.textValue();
  }
}
