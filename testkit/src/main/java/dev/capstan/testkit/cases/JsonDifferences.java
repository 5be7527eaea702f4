package dev.capstan.testkit.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Where two values differ, each place by itself. */
final class JsonDifferences {
  private static final int MOST = 10;
  private static final int LONGEST = 300;

  private final boolean whole;
  private final List<Difference> found = new ArrayList<>();

  private JsonDifferences(boolean whole) {
    this.whole = whole;
  }

  /** Differences of two values that should be equal. */
  static List<Difference> between(String what, JsonNode expected, JsonNode actual) {
    JsonDifferences differences = new JsonDifferences(true);
    differences.compare(what, expected, actual);
    return differences.found;
  }

  /** Differences where an object of {@code actual} may have more members than that expected. */
  static List<Difference> outside(String what, JsonNode expected, JsonNode actual) {
    JsonDifferences differences = new JsonDifferences(false);
    differences.compare(what, expected, actual);
    return differences.found;
  }

  /** A value in one line of bounded length. */
  static String text(JsonNode value) {
    String text = value.isMissingNode() ? "nothing" : value.toString();
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  private void compare(String what, JsonNode expected, JsonNode actual) {
    if (expected.isObject() && actual.isObject()) {
      objects(what, expected, actual);
    } else if (expected.isArray() && actual.isArray() && expected.size() == actual.size()) {
      for (int i = 0; i < expected.size(); i++) {
        compare(what + "[" + i + "]", expected.get(i), actual.get(i));
      }
    } else if (!isSame(expected, actual) && found.size() < MOST) {
      found.add(new Difference(what, text(expected), text(actual)));
    }
  }

  private void objects(String what, JsonNode expected, JsonNode actual) {
    Set<String> names = new LinkedHashSet<>();
    expected.fieldNames().forEachRemaining(names::add);
    if (whole) {
      actual.fieldNames().forEachRemaining(names::add);
    }
    for (String name : names) {
      compare(what + "." + name, member(expected, name), member(actual, name));
    }
  }

  private static JsonNode member(JsonNode object, String name) {
    JsonNode member = object.get(name);
    return member == null ? MissingNode.getInstance() : member;
  }

  /** Numbers are the same when their values are, however they are kept. */
  private static boolean isSame(JsonNode expected, JsonNode actual) {
    if (isDecimal(expected) && isDecimal(actual)) {
      return expected.decimalValue().compareTo(actual.decimalValue()) == 0;
    }
    return expected.equals(actual);
  }

  private static boolean isDecimal(JsonNode value) {
    return value.isNumber() && (!value.isDouble() || Double.isFinite(value.doubleValue()));
  }
}
