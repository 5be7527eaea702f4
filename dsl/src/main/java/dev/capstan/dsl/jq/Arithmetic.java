package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;

/** What the operators mean for each type. */
final class Arithmetic {
  private Arithmetic() {}

  static JsonNode apply(Run run, Operator operator, JsonNode a, JsonNode b) {
    return switch (operator) {
      case ADD -> add(run, a, b);
      case SUBTRACT -> subtract(run, a, b);
      case MULTIPLY -> multiply(run, a, b);
      case DIVIDE -> divide(run, a, b);
      case REMAINDER -> remainder(run, a, b);
      case EQUAL -> Types.bool(Order.compare(run, a, b) == 0);
      case UNEQUAL -> Types.bool(Order.compare(run, a, b) != 0);
      case LESS -> Types.bool(Order.compare(run, a, b) < 0);
      case LESS_OR_EQUAL -> Types.bool(Order.compare(run, a, b) <= 0);
      case GREATER -> Types.bool(Order.compare(run, a, b) > 0);
      case GREATER_OR_EQUAL -> Types.bool(Order.compare(run, a, b) >= 0);
    };
  }

  static JsonNode negate(Run run, JsonNode value) {
    if (!Types.isNumber(value)) {
      throw Types.error(value, "cannot be negated");
    }
    return Num.isSmall(value) && value.longValue() != 0
        ? Num.of(-value.longValue())
        : Num.of(run, -value.doubleValue());
  }

  static JsonNode add(Run run, JsonNode a, JsonNode b) {
    if (Types.isNumber(a) && Types.isNumber(b)) {
      if (Num.isSmall(a) && Num.isSmall(b)) {
        long sum = a.longValue() + b.longValue();
        return Math.abs(sum) <= Num.EXACT ? Num.of(sum) : Num.of(run, (double) sum);
      }
      return Num.of(run, a.doubleValue() + b.doubleValue());
    }
    if (Types.isNull(a)) {
      return b;
    }
    if (Types.isNull(b)) {
      return a;
    }
    if (a.isTextual() && b.isTextual()) {
      run.allocate((long) a.textValue().length() + b.textValue().length());
      return TextNode.valueOf(a.textValue() + b.textValue());
    }
    if (a instanceof ArrayNode left && b instanceof ArrayNode right) {
      run.allocate((long) left.size() + right.size());
      return JsonNodeFactory.instance
          .arrayNode(left.size() + right.size())
          .addAll(left)
          .addAll(right);
    }
    if (a instanceof ObjectNode left && b instanceof ObjectNode right) {
      run.allocate((long) left.size() + right.size());
      return JsonNodeFactory.instance.objectNode().<ObjectNode>setAll(left).setAll(right);
    }
    throw Types.error(a, b, "cannot be added");
  }

  private static JsonNode subtract(Run run, JsonNode a, JsonNode b) {
    if (Types.isNumber(a) && Types.isNumber(b)) {
      if (Num.isSmall(a) && Num.isSmall(b)) {
        long difference = a.longValue() - b.longValue();
        return Math.abs(difference) <= Num.EXACT
            ? Num.of(difference)
            : Num.of(run, (double) difference);
      }
      return Num.of(run, a.doubleValue() - b.doubleValue());
    }
    if (a instanceof ArrayNode left && b instanceof ArrayNode right) {
      run.allocate(left.size());
      ArrayNode rest = JsonNodeFactory.instance.arrayNode();
      for (JsonNode item : left) {
        if (!isIn(run, right, item)) {
          rest.add(item);
        }
      }
      return rest;
    }
    throw Types.error(a, b, "cannot be subtracted");
  }

  private static boolean isIn(Run run, ArrayNode array, JsonNode wanted) {
    for (JsonNode item : array) {
      if (Order.same(run, item, wanted)) {
        return true;
      }
    }
    return false;
  }

  private static JsonNode multiply(Run run, JsonNode a, JsonNode b) {
    if (Types.isNumber(a) && Types.isNumber(b)) {
      return Num.of(run, a.doubleValue() * b.doubleValue());
    }
    if (a.isTextual() && Types.isNumber(b)) {
      return repeat(run, a.textValue(), b.doubleValue());
    }
    if (b.isTextual() && Types.isNumber(a)) {
      return repeat(run, b.textValue(), a.doubleValue());
    }
    if (a instanceof ObjectNode left && b instanceof ObjectNode right) {
      return merge(run, left, right, 1);
    }
    throw Types.error(a, b, "cannot be multiplied");
  }

  private static JsonNode repeat(Run run, String text, double times) {
    if (!(times > 0)) {
      return NullNode.getInstance();
    }
    int count = (int) Math.max(1, Math.min(Integer.MAX_VALUE, times));
    run.allocate((long) text.length() * count);
    return TextNode.valueOf(text.repeat(count));
  }

  private static ObjectNode merge(Run run, ObjectNode a, ObjectNode b, int level) {
    run.checkDepth(level);
    run.allocate((long) a.size() + b.size());
    ObjectNode merged = JsonNodeFactory.instance.objectNode().setAll(a);
    for (Map.Entry<String, JsonNode> field : b.properties()) {
      boolean both =
          field.getValue() instanceof ObjectNode
              && merged.get(field.getKey()) instanceof ObjectNode;
      merged.set(
          field.getKey(),
          both
              ? merge(
                  run,
                  (ObjectNode) merged.get(field.getKey()),
                  (ObjectNode) field.getValue(),
                  level + 1)
              : field.getValue());
    }
    return merged;
  }

  private static JsonNode divide(Run run, JsonNode a, JsonNode b) {
    if (Types.isNumber(a) && Types.isNumber(b)) {
      if (b.doubleValue() == 0) {
        throw Types.error(a, b, "cannot be divided because the divisor is zero");
      }
      return Num.of(run, a.doubleValue() / b.doubleValue());
    }
    if (a.isTextual() && b.isTextual()) {
      return Strings.split(run, a.textValue(), b.textValue());
    }
    throw Types.error(a, b, "cannot be divided");
  }

  private static JsonNode remainder(Run run, JsonNode a, JsonNode b) {
    if (!Types.isNumber(a) || !Types.isNumber(b)) {
      throw Types.error(a, b, "cannot be divided");
    }
    if (Num.isNaN(a) || Num.isNaN(b)) {
      return run.nonFinite(Double.NaN);
    }
    long dividend = (long) a.doubleValue();
    long divisor = (long) b.doubleValue();
    if (divisor == 0) {
      throw Types.error(a, b, "cannot be divided (remainder) because the divisor is zero");
    }
    return Num.of(run, (double) (dividend % divisor));
  }
}
