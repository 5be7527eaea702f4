package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * jq's order of all values: null, false, true, numbers, strings by code point, arrays by element,
 * objects by their sorted keys and then by value.
 */
final class Order {
  private Order() {}

  static int compare(Run run, JsonNode a, JsonNode b) {
    return compare(run, a, b, 1);
  }

  static boolean same(Run run, JsonNode a, JsonNode b) {
    return compare(run, a, b, 1) == 0;
  }

  /**
   * An order for sorting: unlike jq's comparison it knows NaN as equal to itself, which a sort
   * relies on.
   */
  static int total(Run run, JsonNode a, JsonNode b) {
    return Num.isNaN(a) && Num.isNaN(b)
        ? 0
        : Num.isNaN(b) && Types.isNumber(a) ? 1 : compare(run, a, b, 1);
  }

  private static int compare(Run run, JsonNode a, JsonNode b, int level) {
    run.tick();
    int rank = Types.rank(a);
    int other = Types.rank(b);
    if (rank != other) {
      return Integer.compare(rank, other);
    }
    return switch (rank) {
      case 3 -> Num.compare(a, b);
      case 4 -> strings(run, a.textValue(), b.textValue());
      case 5 -> arrays(run, (ArrayNode) a, (ArrayNode) b, level);
      case 6 -> objects(run, (ObjectNode) a, (ObjectNode) b, level);
      default -> 0;
    };
  }

  private static int strings(Run run, String a, String b) {
    run.tick(Math.min(a.length(), b.length()) >> 4);
    return strings(a, b);
  }

  /** By code point, as jq does; Java's own order differs beyond the basic plane. */
  static int strings(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean mixed = Character.isSurrogate(x) != Character.isSurrogate(y);
        return mixed ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  private static int arrays(Run run, ArrayNode a, ArrayNode b, int level) {
    run.checkDepth(level);
    int common = Math.min(a.size(), b.size());
    for (int i = 0; i < common; i++) {
      int order = compare(run, a.get(i), b.get(i), level + 1);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }

  private static int objects(Run run, ObjectNode a, ObjectNode b, int level) {
    run.checkDepth(level);
    List<String> keys = sortedKeys(run, a);
    int order = keyLists(keys, sortedKeys(run, b));
    for (int i = 0; i < keys.size() && order == 0; i++) {
      order = compare(run, a.get(keys.get(i)), b.get(keys.get(i)), level + 1);
    }
    return order;
  }

  private static int keyLists(List<String> a, List<String> b) {
    int common = Math.min(a.size(), b.size());
    for (int i = 0; i < common; i++) {
      int order = strings(a.get(i), b.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }

  static List<String> sortedKeys(Run run, ObjectNode object) {
    run.tick(object.size());
    List<String> keys = new ArrayList<>(object.size());
    object.fieldNames().forEachRemaining(keys::add);
    Collections.sort(keys, Order::strings);
    return keys;
  }
}
