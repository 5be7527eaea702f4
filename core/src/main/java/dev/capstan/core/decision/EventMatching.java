package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.ExpressionException;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.EventFilter;
import dev.capstan.dsl.model.EventStrategy;
import dev.capstan.dsl.model.TextPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether a cloud event is one that a filter asks for (specification: Event Filter, Correlation).
 */
public final class EventMatching {
  private EventMatching() {}

  /**
   * The correlation values that are fixed once {@code filter} takes {@code event}; null when it
   * doesn't.
   *
   * <p>An expected correlation is met by an equal value, or, where the expectation is an expression
   * that yields a boolean, by true. One without expectation is met by the value that the first
   * event fixed.
   *
   * @param keys values fixed so far, by key
   * @param input what expectations are evaluated on
   */
  public static @Nullable Map<String, JsonNode> match(
      EventFilter filter,
      CloudEvent event,
      Map<String, JsonNode> keys,
      JsonNode input,
      Scope scope) {
    if (!fits(filter, event, input, scope)) {
      return null;
    }
    Map<String, JsonNode> fixed = new TreeMap<>();
    for (Map.Entry<String, EventFilter.Correlation> entry : filter.correlations().entrySet()) {
      EventFilter.Correlation correlation = entry.getValue();
      JsonNode value = orNull(correlation.from(), event.json(), scope);
      JsonNode expected =
          correlation.expect() != null
              ? correlation.expect().evaluate(input, scope)
              : keys.get(entry.getKey());
      if (value.isNull() || (expected != null && !meets(value, expected))) {
        return null;
      }
      if (correlation.expect() == null && expected == null) {
        fixed.put(entry.getKey(), value);
      }
    }
    return fixed;
  }

  /**
   * Whether values agree with those that were fixed before: {@link #match} with {@code keys} is
   * {@code match} with none, and this.
   *
   * @param values what {@code match} answered for an event with no keys
   */
  public static boolean agree(Map<String, JsonNode> values, Map<String, JsonNode> keys) {
    for (Map.Entry<String, JsonNode> value : values.entrySet()) {
      JsonNode fixed = keys.get(value.getKey());
      if (fixed != null && !meets(value.getValue(), fixed)) {
        return false;
      }
    }
    return true;
  }

  /** Whether an event has the attributes that a filter asks for, whatever it is correlated with. */
  static boolean fits(EventFilter filter, CloudEvent event, JsonNode input, Scope scope) {
    for (Map.Entry<String, EventFilter.Test> attribute : filter.attributes().entrySet()) {
      if (!holds(attribute.getValue(), event.json().get(attribute.getKey()), input, scope)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The event types that a strategy can take; empty when it can't be told, so that every event has
   * to be looked at.
   */
  public static List<String> types(EventStrategy strategy) {
    List<String> types = new ArrayList<>();
    return collect(strategy, types) ? types.stream().distinct().sorted().toList() : List.of();
  }

  private static boolean collect(EventStrategy strategy, List<String> types) {
    return switch (strategy) {
      case EventStrategy.One one -> collect(List.of(one.filter()), types);
      case EventStrategy.All all -> collect(all.filters(), types);
      case EventStrategy.Any any ->
          !any.filters().isEmpty()
              && collect(any.filters(), types)
              && (!(any.until() instanceof EventStrategy.Until.Strategy until)
                  || collect(until.strategy(), types));
    };
  }

  private static boolean collect(List<EventFilter> filters, List<String> types) {
    for (EventFilter filter : filters) {
      if (filter.attributes().get("type") instanceof EventFilter.Test.Literal literal
          && isPlain(literal.value())) {
        types.add(literal.value().textValue());
      } else {
        return false;
      }
    }
    return true;
  }

  /** A dot is taken for itself, since event types are dotted names. */
  private static boolean isPlain(JsonNode value) {
    return value.isTextual()
        && value.textValue().chars().noneMatch(c -> "*+?[](){}|\\^$".indexOf(c) >= 0);
  }

  private static boolean holds(
      EventFilter.Test test, @Nullable JsonNode attribute, JsonNode input, Scope scope) {
    return switch (test) {
      case EventFilter.Test.Literal literal ->
          attribute != null
              && (attribute.equals(literal.value())
                  || (literal.pattern() != null
                      && attribute.isTextual()
                      && matches(literal.pattern(), attribute.textValue())));
      case EventFilter.Test.Computed computed -> {
        JsonNode subject = attribute == null ? NullNode.getInstance() : attribute;
        JsonNode onAttribute = orNull(computed.expression(), subject, scope);
        yield onAttribute.isBoolean()
            ? onAttribute.booleanValue()
            : attribute != null && orNull(computed.expression(), input, scope).equals(subject);
      }
    };
  }

  /** A text for which that can't be told within the limit does not match. */
  private static boolean matches(TextPattern pattern, String text) {
    try {
      return pattern.matches(text);
    } catch (TextPattern.TooLongException e) {
      return false;
    }
  }

  /**
   * An expression that fails on an event yields nothing: what others publish must not fault those
   * who listen.
   */
  private static JsonNode orNull(Expression expression, JsonNode subject, Scope scope) {
    try {
      return expression.evaluate(subject, scope);
    } catch (ExpressionException e) {
      return NullNode.getInstance();
    }
  }

  private static boolean meets(JsonNode value, JsonNode expected) {
    if (expected.isBoolean() && !value.isBoolean()) {
      return expected.booleanValue();
    }
    boolean sameText = expected.isTextual() && expected.textValue().equals(value.asText());
    return sameText || expected.equals(value);
  }
}
