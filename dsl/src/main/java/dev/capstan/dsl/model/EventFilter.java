package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.Template;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A condition on one cloud event: every attribute test must hold.
 *
 * @param attributes by attribute name
 * @param correlations by correlation key
 */
public record EventFilter(Map<String, Test> attributes, Map<String, Correlation> correlations) {
  public EventFilter {
    attributes = new LinkedHashMap<>(attributes);
    correlations = new LinkedHashMap<>(correlations);
  }

  /** What an attribute (or {@code data}) must be. */
  public sealed interface Test {
    /** Equal to a constant, or a string that matches it as a regular expression. */
    record Literal(JsonNode value, @Nullable TextPattern pattern) implements Test {}

    /**
     * Equal to an expression's value on the task's input, or, when that is a boolean on the
     * attribute itself, true.
     */
    record Computed(Expression expression) implements Test {}
  }

  /**
   * A value read from the event that must be the expected one, or, without expectation, the same
   * for all events of the task.
   *
   * @param from evaluated on the event as an object
   * @param expect a constant or an expression on the task's input
   */
  public record Correlation(Expression from, @Nullable Template expect) {}
}
