package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Where a part is in a value, and whether it is there at all. */
final class Searching {
  private Searching() {}

  static JsonNode indices(Run run, JsonNode value, JsonNode wanted) {
    if (Types.isNull(value)) {
      return NullNode.getInstance();
    }
    if (value.isTextual() && wanted.isTextual()) {
      return indices(run, value.textValue(), wanted.textValue());
    }
    if (value instanceof ArrayNode array) {
      if (wanted instanceof ArrayNode part) {
        return indices(run, array, part);
      }
      run.allocate(1);
      return indices(run, array, JsonNodeFactory.instance.arrayNode(1).add(wanted));
    }
    return Parts.get(run, value, wanted);
  }

  static JsonNode indices(Run run, ArrayNode array, ArrayNode part) {
    ArrayNode found = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; !part.isEmpty() && i <= array.size() - part.size(); i++) {
      int matched = 0;
      while (matched < part.size() && Order.same(run, array.get(i + matched), part.get(matched))) {
        matched++;
      }
      if (matched == part.size()) {
        run.allocate(1);
        found.add(Num.of(i));
      }
    }
    return found;
  }

  private static JsonNode indices(Run run, String text, String part) {
    ArrayNode found = JsonNodeFactory.instance.arrayNode();
    int from = 0;
    int codePoints = 0;
    int at = part.isEmpty() ? -1 : find(run, text, part, 0);
    while (at >= 0) {
      run.allocate(1);
      codePoints += text.codePointCount(from, at);
      from = at;
      found.add(Num.of(codePoints));
      at = find(run, text, part, at + 1);
    }
    return found;
  }

  /** Like {@code indexOf}, at a price of what the search may cost. */
  static int find(Run run, String text, String part, int from) {
    int at = text.indexOf(part, from);
    int searched = (at < 0 ? text.length() : at) - from;
    run.tick(1 + ((long) searched >> 4) * (1L + (part.length() >> 4)));
    return at;
  }

  static boolean contains(Run run, JsonNode value, JsonNode part, int level) {
    run.checkDepth(level);
    run.tick();
    if (value instanceof ObjectNode object && part instanceof ObjectNode wanted) {
      for (Map.Entry<String, JsonNode> field : wanted.properties()) {
        JsonNode other = object.get(field.getKey());
        if (other == null || !contains(run, other, field.getValue(), level + 1)) {
          return false;
        }
      }
      return true;
    }
    if (value instanceof ArrayNode array && part instanceof ArrayNode wanted) {
      for (JsonNode item : wanted) {
        if (!anyContains(run, array, item, level)) {
          return false;
        }
      }
      return true;
    }
    if (value.isTextual() && part.isTextual()) {
      return find(run, value.textValue(), part.textValue(), 0) >= 0;
    }
    if (!Types.name(value).equals(Types.name(part))) {
      if (level > 1) {
        return false;
      }
      throw Types.error(value, part, "cannot have their containment checked");
    }
    return Order.same(run, value, part);
  }

  private static boolean anyContains(Run run, ArrayNode array, JsonNode wanted, int level) {
    for (JsonNode item : array) {
      boolean comparable = Types.name(item).equals(Types.name(wanted));
      if (comparable && contains(run, item, wanted, level + 1)) {
        return true;
      }
    }
    return false;
  }
}
