package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Built-in functions on arrays and objects. */
final class Containers {
  private Containers() {}

  static void register(Map<String, Builtin> all) {
    all.put("length/0", (run, in, args) -> length(run, in));
    all.put("keys/0", (run, in, args) -> keys(run, in, true));
    all.put("keys_unsorted/0", (run, in, args) -> keys(run, in, false));
    all.put("has/1", (run, in, args) -> has(in, args[0]));
    all.put("contains/1", (run, in, args) -> Types.bool(Searching.contains(run, in, args[0], 1)));
    all.put("inside/1", (run, in, args) -> Types.bool(Searching.contains(run, args[0], in, 1)));
    all.put("indices/1", (run, in, args) -> Searching.indices(run, in, args[0]));
    all.put("index/1", (run, in, args) -> position(Searching.indices(run, in, args[0]), true));
    all.put("rindex/1", (run, in, args) -> position(Searching.indices(run, in, args[0]), false));
    all.put("add/0", (run, in, args) -> add(run, in));
    all.put("reverse/0", (run, in, args) -> reverse(run, in));
    all.put("flatten/0", (run, in, args) -> flatten(run, in, Double.MAX_VALUE));
    all.put("flatten/1", (run, in, args) -> flatten(run, in, depth(args[0])));
    all.put("to_entries/0", (run, in, args) -> toEntries(run, in));
    all.put("from_entries/0", (run, in, args) -> fromEntries(run, in));
    all.put("transpose/0", (run, in, args) -> transpose(run, in));
    all.put("bsearch/1", (run, in, args) -> binarySearch(run, in, args[0]));
    all.put("setpath/2", (run, in, args) -> Paths.set(run, in, args[0], args[1]));
    all.put("delpaths/1", (run, in, args) -> Paths.delete(run, in, args[0]));
    all.put("toarray/0", (run, in, args) -> in.isArray() ? in : arrayOf(run, in));
  }

  private static ArrayNode arrayOf(Run run, JsonNode value) {
    run.allocate(1);
    return JsonNodeFactory.instance.arrayNode(1).add(value);
  }

  static ArrayNode array(JsonNode value, String problem) {
    if (value instanceof ArrayNode array) {
      return array;
    }
    throw Types.error(value, problem);
  }

  private static JsonNode length(Run run, JsonNode in) {
    return switch (in.getNodeType()) {
      case ARRAY, OBJECT -> Num.of(in.size());
      case STRING -> {
        run.tick(in.textValue().length() >> 6);
        yield Num.of(in.textValue().codePointCount(0, in.textValue().length()));
      }
      case NUMBER -> MathFunctions.abs(run, in);
      case NULL, MISSING, BINARY, POJO -> Num.of(0);
      case BOOLEAN -> throw Types.error(in, "has no length");
    };
  }

  private static JsonNode keys(Run run, JsonNode in, boolean sorted) {
    if (!in.isContainerNode()) {
      throw Types.error(in, "has no keys");
    }
    run.allocate(in.size());
    ArrayNode keys = JsonNodeFactory.instance.arrayNode(in.size());
    if (in instanceof ObjectNode object) {
      if (sorted) {
        Order.sortedKeys(run, object).forEach(keys::add);
      } else {
        object.fieldNames().forEachRemaining(keys::add);
      }
    } else {
      for (int i = 0; i < in.size(); i++) {
        keys.add(Num.of(i));
      }
    }
    return keys;
  }

  private static JsonNode has(JsonNode in, JsonNode key) {
    if (in.isObject() && key.isTextual()) {
      return Types.bool(in.has(key.textValue()));
    }
    if (in.isArray() && Types.isNumber(key)) {
      double index = key.doubleValue();
      return Types.bool(index >= 0 && index < in.size());
    }
    throw JqException.error(
        "Cannot check whether " + Types.name(in) + " has a " + Types.name(key) + " key");
  }

  private static JsonNode position(JsonNode indices, boolean first) {
    return !indices.isArray() || indices.isEmpty()
        ? NullNode.getInstance()
        : indices.get(first ? 0 : indices.size() - 1);
  }

  private static JsonNode add(Run run, JsonNode in) {
    if (!in.isContainerNode()) {
      throw Access.notIterable(in);
    }
    Summing sum = new Summing(run);
    for (JsonNode item : in) {
      sum.add(item);
    }
    return sum.result();
  }

  private static JsonNode reverse(Run run, JsonNode in) {
    if (in.isTextual()) {
      return Strings.text(run, new StringBuilder(in.textValue()).reverse().toString());
    }
    if (Types.isNull(in)) {
      return JsonNodeFactory.instance.arrayNode();
    }
    ArrayNode array = array(in, "cannot be reversed, as it is not an array");
    run.allocate(array.size());
    ArrayNode reversed = JsonNodeFactory.instance.arrayNode(array.size());
    for (int i = array.size() - 1; i >= 0; i--) {
      reversed.add(array.get(i));
    }
    return reversed;
  }

  private static double depth(JsonNode depth) {
    if (!Types.isNumber(depth)) {
      throw JqException.error("flatten depth must not be negative");
    }
    if (depth.doubleValue() < 0) {
      throw JqException.error("flatten depth must not be negative");
    }
    return depth.doubleValue();
  }

  private static JsonNode flatten(Run run, JsonNode in, double depth) {
    if (!in.isContainerNode()) {
      throw Access.notIterable(in);
    }
    ArrayNode flat = JsonNodeFactory.instance.arrayNode();
    flatten(run, in, depth, flat, 1);
    return flat;
  }

  private static void flatten(Run run, JsonNode in, double depth, ArrayNode out, int level) {
    run.checkDepth(level);
    for (JsonNode item : in) {
      run.tick();
      if (item.isArray() && depth > 0) {
        flatten(run, item, depth - 1, out, level + 1);
      } else {
        run.allocate(1);
        out.add(item);
      }
    }
  }

  private static JsonNode toEntries(Run run, JsonNode in) {
    if (!(in instanceof ObjectNode object)) {
      throw Types.error(in, "has no keys");
    }
    run.allocate(3L * object.size());
    ArrayNode entries = JsonNodeFactory.instance.arrayNode(object.size());
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      ObjectNode entry = JsonNodeFactory.instance.objectNode();
      entry.put("key", field.getKey());
      entry.set("value", field.getValue());
      entries.add(entry);
    }
    return entries;
  }

  private static JsonNode fromEntries(Run run, JsonNode in) {
    if (!in.isContainerNode()) {
      throw Access.notIterable(in);
    }
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (JsonNode entry : in) {
      run.allocate(1);
      if (!entry.isObject()) {
        throw JqException.error("Cannot index " + Types.name(entry) + " with string \"key\"");
      }
      JsonNode key = firstOf(entry, "key", "k", "name", "Name", "K", "Key");
      JsonNode value =
          entry.has("value")
              ? entry.get("value")
              : entry.has("v") ? entry.get("v") : entry.path("Value");
      String name = key.isTextual() ? key.textValue() : JsonText.write(run, key);
      object.set(name, value.isMissingNode() ? NullNode.getInstance() : value);
    }
    return object;
  }

  /**
   * The first of some fields that counts: the first one if it is not null, else the first that is
   * true.
   */
  private static JsonNode firstOf(JsonNode entry, String first, String... others) {
    JsonNode found = entry.path(first);
    if (!Types.isNull(found)) {
      return found;
    }
    for (String name : others) {
      if (Types.truthy(entry.path(name))) {
        return entry.path(name);
      }
    }
    return NullNode.getInstance();
  }

  private static JsonNode transpose(Run run, JsonNode in) {
    ArrayNode rows = array(in, "cannot be transposed");
    int width = 0;
    for (JsonNode row : rows) {
      width = Math.max(width, array(row, "cannot be transposed").size());
    }
    ArrayNode columns = JsonNodeFactory.instance.arrayNode(width);
    for (int i = 0; i < width; i++) {
      run.allocate(1L + rows.size());
      ArrayNode column = JsonNodeFactory.instance.arrayNode(rows.size());
      for (JsonNode row : rows) {
        column.add(i < row.size() ? row.get(i) : NullNode.getInstance());
      }
      columns.add(column);
    }
    return columns;
  }

  private static JsonNode binarySearch(Run run, JsonNode in, JsonNode target) {
    ArrayNode array = array(in, "cannot be searched from");
    int low = 0;
    int high = array.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Order.compare(run, array.get(middle), target);
      if (order == 0) {
        return Num.of(middle);
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return Num.of(-1L - low);
  }
}
