package dev.capstan.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Names and values as a query, or as a form: an array repeats its name, null is left out, an object
 * is its JSON.
 */
final class Query {

  private Query() {}

  static String encode(JsonNode parameters) {
    List<String> pairs = new ArrayList<>();
    for (Map.Entry<String, JsonNode> parameter : parameters.properties()) {
      if (parameter.getValue().isArray()) {
        parameter.getValue().forEach(element -> pair(pairs, parameter.getKey(), element));
      } else {
        pair(pairs, parameter.getKey(), parameter.getValue());
      }
    }
    return String.join("&", pairs);
  }

  private static void pair(List<String> pairs, String name, JsonNode value) {
    if (!value.isNull()) {
      pairs.add(Percent.encode(name) + "=" + Percent.encode(Json.text(value)));
    }
  }
}
