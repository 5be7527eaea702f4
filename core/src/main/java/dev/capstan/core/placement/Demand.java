package dev.capstan.core.placement;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a task needs of a node.
 *
 * @param kind such as {@code call:http}
 * @param require labels that the node must have, each with the values that will do
 */
public record Demand(String kind, Map<String, List<String>> require) {
  public Demand {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    require.forEach((label, values) -> copy.put(label, List.copyOf(values)));
    require = copy;
  }

  /**
   * Reads {@code metadata.capstan} of a task: {@code require} is an object of label and value, or
   * of label and an array of the values that will do. A value of another shape is met by no node,
   * so that the task waits with a reason instead of running anywhere.
   */
  public static Demand of(String kind, JsonNode metadata) {
    JsonNode require = metadata.path("require");
    if (require.isMissingNode() || require.isNull()) {
      return new Demand(kind, Map.of());
    }
    Map<String, List<String>> labels = new LinkedHashMap<>();
    if (!require.isObject()) {
      labels.put("(metadata.capstan.require is no object of labels)", List.of());
    }
    require.properties().forEach(field -> labels.put(field.getKey(), values(field.getValue())));
    return new Demand(kind, labels);
  }

  private static List<String> values(JsonNode value) {
    List<String> values = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(item -> values.add(item.asText()));
    } else if (value.isValueNode()) {
      values.add(value.asText());
    }
    return values;
  }

  boolean isMetBy(Candidate node) {
    for (Map.Entry<String, List<String>> needed : require.entrySet()) {
      String label = node.label(needed.getKey());
      if (label == null || !needed.getValue().contains(label)) {
        return false;
      }
    }
    return true;
  }

  /** The labels for people: {@code gpu=true and zone=a|b}. */
  String labelsInWords() {
    return require.entrySet().stream()
        .map(needed -> needed.getKey() + "=" + String.join("|", needed.getValue()))
        .collect(Collectors.joining(" and "));
  }
}
