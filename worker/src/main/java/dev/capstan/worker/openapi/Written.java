package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.http.Percent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Values of parameters as they are written in a request. Members and elements that are null are
 * left out. Reserved characters are always encoded, {@code allowReserved} or not: servers read both
 * alike.
 */
final class Written {

  private Written() {}

  /** The pairs of a query, encoded. */
  static List<String> query(Parameter parameter, JsonNode value) {
    if (parameter.style() == Style.JSON) {
      return List.of(pair(parameter.name(), Percent.encode(value.toString())));
    }
    if (parameter.style() == Style.DEEP_OBJECT && value.isObject()) {
      List<String> pairs = new ArrayList<>();
      for (Map.Entry<String, JsonNode> member : value.properties()) {
        String name = parameter.name() + "[" + member.getKey() + "]";
        elements(member.getValue())
            .forEach(each -> pairs.add(pair(name, Percent.encode(Json.text(each)))));
      }
      return pairs;
    }
    if (parameter.explode() && value.isObject()) {
      return value.properties().stream()
          .filter(member -> !member.getValue().isNull())
          .map(member -> pair(member.getKey(), Percent.encode(Json.text(member.getValue()))))
          .toList();
    }
    if (parameter.explode()) {
      return elements(value).stream()
          .map(each -> pair(parameter.name(), Percent.encode(Json.text(each))))
          .toList();
    }
    List<String> items = items(value, false, Percent::encode);
    String delimiter = parameter.style().delimiter();
    String between = delimiter.equals(",") ? delimiter : Percent.encode(delimiter);
    return items.isEmpty()
        ? List.of()
        : List.of(pair(parameter.name(), String.join(between, items)));
  }

  /** What stands in a path instead of the parameter's name in braces, encoded. */
  static String path(Parameter parameter, JsonNode value) {
    boolean explode = parameter.explode();
    List<String> items = items(value, explode, Percent::encode);
    return switch (parameter.style()) {
      case JSON -> Percent.encode(value.toString());
      case LABEL -> "." + String.join(explode ? "." : ",", items);
      case MATRIX -> matrix(parameter, value, items);
      case SIMPLE, FORM, DEEP_OBJECT -> String.join(",", items);
      case SPACES, TABS, PIPES -> String.join(Percent.encode(parameter.style().delimiter()), items);
    };
  }

  private static String matrix(Parameter parameter, JsonNode value, List<String> items) {
    String name = ";" + Percent.encode(parameter.name()) + "=";
    if (!parameter.explode()) {
      return name + String.join(",", items);
    }
    String before = value.isObject() ? ";" : name;
    return String.join("", items.stream().map(item -> before + item).toList());
  }

  /** The value of a header. */
  static String header(Parameter parameter, JsonNode value) {
    if (parameter.style() == Style.JSON) {
      return value.toString();
    }
    List<String> items = items(value, parameter.explode(), text -> text);
    return String.join(parameter.style().delimiter(), items);
  }

  /**
   * One cookie. Only what would end it is encoded: tokens are full of characters that servers want
   * back as they gave them.
   */
  static String cookie(Parameter parameter, JsonNode value) {
    UnaryOperator<String> encoding =
        text -> Percent.lenient(text).replace(";", "%3B").replace(",", "%2C");
    String text =
        parameter.style() == Style.JSON
            ? encoding.apply(value.toString())
            : String.join(",", items(value, false, encoding));
    return pair(parameter.name(), text);
  }

  /** The field of a form: an array is sent as several fields. */
  static JsonNode field(Parameter parameter, JsonNode value) {
    if (!(value instanceof ArrayNode) || parameter.explode()) {
      return value;
    }
    return TextNode.valueOf(
        String.join(parameter.style().delimiter(), items(value, false, text -> text)));
  }

  private static String pair(String name, String value) {
    return Percent.encode(name) + "=" + value;
  }

  private static List<JsonNode> elements(JsonNode value) {
    List<JsonNode> elements = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(elements::add);
    } else {
      elements.add(value);
    }
    elements.removeIf(JsonNode::isNull);
    return elements;
  }

  private static List<String> items(
      JsonNode value, boolean explode, UnaryOperator<String> encoding) {
    List<String> items = new ArrayList<>();
    if (!value.isObject()) {
      elements(value).forEach(each -> items.add(encoding.apply(Json.text(each))));
      return items;
    }
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      if (!member.getValue().isNull()) {
        String name = encoding.apply(member.getKey());
        String text = encoding.apply(Json.text(member.getValue()));
        items.addAll(explode ? List.of(name + "=" + text) : List.of(name, text));
      }
    }
    return items;
  }
}
