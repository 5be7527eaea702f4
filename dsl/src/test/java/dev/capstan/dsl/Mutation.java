package dev.capstan.dsl;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A document that differs from a valid one in one place. */
record Mutation(String what, JsonNode document) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private static final List<JsonNode> OTHER_VALUES =
      List.of(
          JSON.nullNode(),
          JSON.numberNode(7),
          JSON.booleanNode(true),
          JSON.textNode("other text"),
          JSON.textNode("${ .x }"),
          JSON.arrayNode(),
          JSON.objectNode(),
          JSON.arrayNode().add(JSON.objectNode()),
          JSON.objectNode().put("some", "thing"));

  /**
   * Each value taken away, replaced by each other kind of value, and given a stranger beside it.
   */
  static List<Mutation> of(JsonNode document) {
    List<Mutation> mutations = new ArrayList<>();
    visit(document, "", changed -> changed, mutations);
    return mutations;
  }

  /** Each key misspelled, one at a time; the key's path is {@code what}. */
  static List<Mutation> misspelled(JsonNode document) {
    List<Mutation> mutations = new ArrayList<>();
    misspell(document, "", changed -> changed, mutations);
    return mutations;
  }

  private static void visit(
      JsonNode value, String path, UnaryOperator<JsonNode> whole, List<Mutation> found) {
    for (JsonNode other : OTHER_VALUES) {
      found.add(new Mutation(path + " := " + other, whole.apply(other)));
    }
    if (value.isObject()) {
      found.add(
          new Mutation(
              path + " + stranger", whole.apply(with(value, "stranger", JSON.numberNode(1)))));
    }
    children(value, path, whole, found, true);
  }

  private static void children(
      JsonNode value,
      String path,
      UnaryOperator<JsonNode> whole,
      List<Mutation> found,
      boolean remove) {
    if (value instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        int index = i;
        visit(
            array.get(i),
            path + "/" + i,
            changed -> whole.apply(replaced(array, index, changed)),
            found);
      }
    }
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      String inner = path + "/" + field.getKey();
      if (remove) {
        found.add(new Mutation(inner + " removed", whole.apply(without(value, field.getKey()))));
      }
      visit(
          field.getValue(),
          inner,
          changed -> whole.apply(with(value, field.getKey(), changed)),
          found);
    }
  }

  private static void misspell(
      JsonNode value, String path, UnaryOperator<JsonNode> whole, List<Mutation> found) {
    if (value instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        int index = i;
        misspell(
            array.get(i),
            path + "/" + i,
            changed -> whole.apply(replaced(array, index, changed)),
            found);
      }
    }
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      String key = field.getKey();
      found.add(new Mutation(path + "/" + misspelling(key), whole.apply(renamed(value, key))));
      misspell(
          field.getValue(),
          path + "/" + key,
          changed -> whole.apply(with(value, key, changed)),
          found);
    }
  }

  /** The last letter doubled: one edit away, and no other property of the language. */
  static String misspelling(String key) {
    return key + key.substring(key.length() - 1);
  }

  private static JsonNode renamed(JsonNode object, String key) {
    ObjectNode copy = JSON.objectNode();
    object
        .properties()
        .forEach(field ->
            copy.set(
                field.getKey().equals(key) ? misspelling(key) : field.getKey(), field.getValue()));
    return copy;
  }

  private static JsonNode with(JsonNode object, String key, JsonNode value) {
    ObjectNode copy = JSON.objectNode();
    object.properties().forEach(field -> copy.set(field.getKey(), field.getValue()));
    return copy.set(key, value);
  }

  private static JsonNode without(JsonNode object, String key) {
    ObjectNode copy = JSON.objectNode();
    object.properties().forEach(field -> copy.set(field.getKey(), field.getValue()));
    return copy.without(key);
  }

  private static JsonNode replaced(ArrayNode array, int index, JsonNode value) {
    ArrayNode copy = JSON.arrayNode();
    array.forEach(copy::add);
    copy.set(index, value);
    return copy;
  }
}
