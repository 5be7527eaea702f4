package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Reads, replaces and deletes what is at a path. */
final class Paths {
  private Paths() {}

  static ArrayNode keys(JsonNode path) {
    if (path instanceof ArrayNode keys) {
      return keys;
    }
    throw JqException.error("Path must be specified as an array");
  }

  static JsonNode get(Run run, JsonNode value, JsonNode path) {
    JsonNode part = value;
    for (JsonNode key : keys(path)) {
      run.tick();
      if (Types.isNull(part)) {
        return NullNode.getInstance();
      }
      part = Parts.get(run, part, key);
    }
    return part;
  }

  static JsonNode set(Run run, JsonNode value, JsonNode path, JsonNode part) {
    return set(run, value, keys(path), 0, part);
  }

  private static JsonNode set(Run run, JsonNode value, ArrayNode keys, int index, JsonNode part) {
    run.tick();
    run.checkDepth(index);
    if (index == keys.size()) {
      return part;
    }
    JsonNode key = keys.get(index);
    JsonNode child = Parts.get(run, value, key);
    return Parts.set(run, value, key, set(run, child, keys, index + 1, part));
  }

  /** Deletes several paths, all of them meant as they are before anything is deleted. */
  static JsonNode delete(Run run, JsonNode value, JsonNode paths) {
    if (!(paths instanceof ArrayNode all)) {
      throw JqException.error("Paths must be specified as an array");
    }
    List<ArrayNode> sorted = new ArrayList<>();
    for (JsonNode path : all) {
      sorted.add(keys(path));
    }
    sorted.sort((a, b) -> Order.total(run, a, b));
    JsonNode rest = value;
    for (ArrayNode path : sorted.reversed()) {
      run.tick();
      if (path.isEmpty()) {
        return NullNode.getInstance();
      }
    }
    return deleteAll(run, rest, sorted, 0);
  }

  /** Deletes paths that are sorted and share their first keys. */
  @SuppressWarnings("ReferenceEquality") // what did not change is not copied
  private static JsonNode deleteAll(Run run, JsonNode value, List<ArrayNode> paths, int level) {
    run.checkDepth(level);
    if (Types.isNull(value)) {
      return value;
    }
    JsonNode rest = value;
    List<JsonNode> leaves = new ArrayList<>();
    int from = 0;
    while (from < paths.size()) {
      JsonNode key = paths.get(from).get(level);
      int to = from + 1;
      while (to < paths.size() && Order.same(run, paths.get(to).get(level), key)) {
        to++;
      }
      run.tick();
      if (paths.get(from).size() == level + 1) {
        leaves.add(key);
      } else {
        JsonNode child = Parts.get(run, rest, key);
        JsonNode changed = deleteAll(run, child, paths.subList(from, to), level + 1);
        // A path through something that is not there deletes nothing.
        rest = changed == child ? rest : Parts.set(run, rest, key, changed);
      }
      from = to;
    }
    return leaves.isEmpty() ? rest : deleteKeys(run, rest, leaves);
  }

  private static JsonNode deleteKeys(Run run, JsonNode value, List<JsonNode> keys) {
    if (value instanceof ObjectNode object) {
      return deleteFields(run, object, keys);
    }
    if (value instanceof ArrayNode array) {
      return deleteElements(run, array, keys);
    }
    if (Types.isNull(value)) {
      return value;
    }
    throw JqException.error("Cannot delete fields from " + Types.name(value));
  }

  private static JsonNode deleteFields(Run run, ObjectNode object, List<JsonNode> keys) {
    run.allocate(object.size());
    ObjectNode copy = JsonNodeFactory.instance.objectNode().setAll(object);
    for (JsonNode key : keys) {
      if (!key.isTextual()) {
        throw JqException.error("Cannot delete " + Types.name(key) + " field of object");
      }
      copy.remove(key.textValue());
    }
    return copy;
  }

  private static JsonNode deleteElements(Run run, ArrayNode array, List<JsonNode> keys) {
    BitSet deleted = new BitSet();
    for (JsonNode key : keys) {
      if (Types.isNumber(key)) {
        int index = Num.toIndex(key);
        int at = index < 0 ? index + array.size() : index;
        if (at >= 0 && at < array.size() && !Num.isNaN(key)) {
          deleted.set(at);
        }
      } else if (key instanceof ObjectNode slice) {
        Parts.Range range = Parts.Range.of(slice, array.size());
        deleted.set(range.start(), range.end());
      } else {
        throw JqException.error("Cannot delete " + Types.name(key) + " element of array");
      }
    }
    run.allocate(array.size());
    ArrayNode rest = JsonNodeFactory.instance.arrayNode(array.size());
    for (int i = 0; i < array.size(); i++) {
      if (!deleted.get(i)) {
        rest.add(array.get(i));
      }
    }
    return rest;
  }
}
