package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

/** Reads and replaces one part of a value. Values are never changed: replacing copies. */
final class Parts {
  /** No array is made longer than this by assigning behind its end. */
  private static final int MAX_INDEX = 1 << 29;

  private Parts() {}

  static JsonNode get(JsonNode value, TextNode key) {
    if (value instanceof ObjectNode object) {
      JsonNode field = object.get(key.textValue());
      return field == null ? NullNode.getInstance() : field;
    }
    if (Types.isNull(value)) {
      return NullNode.getInstance();
    }
    throw cannotIndex(value, key);
  }

  static JsonNode get(Run run, JsonNode value, JsonNode key) {
    if (key instanceof TextNode name) {
      return get(value, name);
    }
    if (Types.isNumber(key) && value instanceof ArrayNode array) {
      return element(array, key);
    }
    if (key instanceof ObjectNode slice && (value instanceof ArrayNode || value.isTextual())) {
      return slice(run, value, slice);
    }
    if (key instanceof ArrayNode wanted && value instanceof ArrayNode array) {
      return Searching.indices(run, array, wanted);
    }
    if (Types.isNull(value) && (Types.isNumber(key) || Types.isNull(key) || key.isObject())) {
      return NullNode.getInstance();
    }
    throw cannotIndex(value, key);
  }

  private static JsonNode element(ArrayNode array, JsonNode key) {
    if (Num.isNaN(key)) {
      return NullNode.getInstance();
    }
    int index = Num.toIndex(key);
    JsonNode item = array.get(index < 0 ? index + array.size() : index);
    return item == null ? NullNode.getInstance() : item;
  }

  private static JqException cannotIndex(JsonNode value, JsonNode key) {
    String with = key.isTextual() ? "string \"" + key.textValue() + "\"" : Types.name(key);
    return JqException.error("Cannot index " + Types.name(value) + " with " + with);
  }

  /** A part of an array or a string by {@code {start, end}}. */
  private static JsonNode slice(Run run, JsonNode value, ObjectNode slice) {
    if (value instanceof ArrayNode array) {
      Range range = Range.of(slice, array.size());
      run.allocate(range.size());
      ArrayNode part = JsonNodeFactory.instance.arrayNode(range.size());
      for (int i = range.start(); i < range.end(); i++) {
        part.add(array.get(i));
      }
      return part;
    }
    String text = value.textValue();
    run.tick(text.length() >> 4);
    Range range = Range.of(slice, text.codePointCount(0, text.length()));
    int start = text.offsetByCodePoints(0, range.start());
    int end = text.offsetByCodePoints(start, range.size());
    run.allocate(end - start);
    return TextNode.valueOf(text.substring(start, end));
  }

  /** The value with one part replaced; null becomes what the key needs. */
  static JsonNode set(Run run, JsonNode value, JsonNode key, JsonNode part) {
    if (key instanceof TextNode name && (value instanceof ObjectNode || Types.isNull(value))) {
      run.allocate(value.size() + 1L);
      ObjectNode copy = JsonNodeFactory.instance.objectNode();
      if (value instanceof ObjectNode object) {
        copy.setAll(object);
      }
      copy.set(name.textValue(), part);
      return copy;
    }
    if (Types.isNumber(key) && (value instanceof ArrayNode || Types.isNull(value))) {
      return setElement(run, value, key, part);
    }
    if (key instanceof ObjectNode slice) {
      if (value instanceof ArrayNode || Types.isNull(value)) {
        return setSlice(run, value, slice, part);
      }
      if (!value.isObject()) {
        throw JqException.error("Cannot update field at object index of " + Types.name(value));
      }
    }
    if (key.isArray() && value.isArray()) {
      throw JqException.error("Cannot update field at array index of array");
    }
    throw cannotIndex(value, key);
  }

  private static JsonNode setElement(Run run, JsonNode value, JsonNode key, JsonNode part) {
    if (Num.isNaN(key)) {
      throw JqException.error("Cannot set array element at NaN index");
    }
    int size = value.size();
    int index = Num.toIndex(key);
    if (index < 0) {
      index += size;
      if (index < 0) {
        throw JqException.error("Out of bounds negative array index");
      }
    }
    if (index > MAX_INDEX) {
      throw JqException.error("Array index too large");
    }
    int length = Math.max(size, index + 1);
    run.allocate(length);
    ArrayNode copy = JsonNodeFactory.instance.arrayNode(length);
    for (int i = 0; i < length; i++) {
      copy.add(i == index ? part : i < size ? value.get(i) : NullNode.getInstance());
    }
    return copy;
  }

  private static JsonNode setSlice(Run run, JsonNode value, ObjectNode slice, JsonNode part) {
    Range range = Range.of(slice, value.size());
    if (!part.isArray()) {
      throw JqException.error("A slice of an array can only be assigned another array");
    }
    run.allocate((long) value.size() + part.size());
    ArrayNode copy = JsonNodeFactory.instance.arrayNode(value.size() - range.size() + part.size());
    for (int i = 0; i < range.start(); i++) {
      copy.add(value.get(i));
    }
    for (JsonNode item : part) {
      copy.add(item);
    }
    for (int i = range.end(); i < value.size(); i++) {
      copy.add(value.get(i));
    }
    return copy;
  }

  /** The elements a slice means: start rounded down, end rounded up, both within the array. */
  record Range(int start, int end) {
    static Range of(ObjectNode slice, int length) {
      JsonNode from = slice.path("start");
      JsonNode to = slice.path("end");
      boolean known = slice.has("start") || slice.has("end");
      if (!known || !isBound(from) || !isBound(to)) {
        throw JqException.error("Start and end indices of an array slice must be numbers");
      }
      double first = bound(from, 0, length);
      double last = bound(to, length, length);
      int start = (int) Math.floor(Math.max(0, Math.min(length, first)));
      int end = (int) Math.ceil(Math.max(0, Math.min(length, last)));
      return new Range(start, Math.max(start, end));
    }

    private static boolean isBound(JsonNode bound) {
      return Types.isNull(bound) || Types.isNumber(bound);
    }

    private static double bound(JsonNode bound, int otherwise, int length) {
      double value = Types.isNumber(bound) ? bound.doubleValue() : otherwise;
      double known = Double.isNaN(value) ? otherwise : value;
      return known < 0 ? known + length : known;
    }

    int size() {
      return end - start;
    }
  }
}
