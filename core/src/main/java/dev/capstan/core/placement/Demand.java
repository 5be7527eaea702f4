package dev.capstan.core.placement;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a task wants of a node. Tasks with equal demands can replace each other: where there is no
 * node for one there is none for the other.
 *
 * @param kind such as {@code call:http}
 * @param require what the node must have
 * @param prefer what it had better have; the sum of the weights that it meets counts before the
 *     strategy does
 * @param spread label whose values are to have equally many tasks of the same group
 * @param node id or name of the only node that will do
 */
public record Demand(
    String kind,
    List<Requirement> require,
    List<Requirement> prefer,
    @Nullable String spread,
    @Nullable String node) {
  private static final int HEAVIEST = 100;

  public Demand {
    require = List.copyOf(require);
    prefer = List.copyOf(prefer);
  }

  /**
   * Reads {@code metadata.capstan} of a task. Definitions are validated, so that nothing is wrong
   * with it as a rule; if something is, no node will do and the task waits with a reason instead of
   * running anywhere.
   */
  public static Demand of(String kind, JsonNode metadata) {
    if (metadata.isEmpty()) {
      return new Demand(kind, List.of(), List.of(), null, null);
    }
    return new Demand(
        kind,
        requirements(metadata.path("require")),
        preferences(metadata.path("prefer")),
        text(metadata.path("spread")),
        text(metadata.path("node")));
  }

  private static List<Requirement> requirements(JsonNode require) {
    if (require.isMissingNode() || require.isNull()) {
      return List.of();
    }
    if (!require.isObject()) {
      return List.of(Requirement.of("require", new Condition.Never(require.toString()), 0));
    }
    List<Requirement> all = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : require.properties()) {
      all.add(Requirement.of(field.getKey(), Condition.of(field.getValue()), 0));
    }
    return all;
  }

  private static List<Requirement> preferences(JsonNode prefer) {
    List<Requirement> all = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : prefer.properties()) {
      JsonNode written = field.getValue();
      boolean onlyWeight = written.has("weight") && written.size() == 1;
      Condition condition = onlyWeight ? new Condition.Exists(true) : Condition.of(written);
      int weight = Math.clamp(written.path("weight").asInt(1), 1, HEAVIEST);
      all.add(Requirement.of(field.getKey(), condition, weight));
    }
    return all;
  }

  private static @Nullable String text(JsonNode value) {
    return value.isValueNode() && !value.isNull() ? value.asText() : null;
  }

  boolean isMetBy(Candidate candidate) {
    if (node != null && !isPinnedTo(candidate)) {
      return false;
    }
    for (Requirement requirement : require) {
      if (!requirement.isMetBy(candidate)) {
        return false;
      }
    }
    return true;
  }

  boolean isPinnedTo(Candidate candidate) {
    return node != null && (candidate.id().equals(node) || candidate.name().equals(node));
  }

  /** The weights of the preferences that a node meets, together. */
  int liking(Candidate candidate) {
    int sum = 0;
    for (Requirement preference : prefer) {
      if (preference.isMetBy(candidate)) {
        sum += preference.weight();
      }
    }
    return sum;
  }
}
