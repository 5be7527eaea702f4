package dev.capstan.dsl.compile;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.model.EventFilter;
import dev.capstan.dsl.model.EventStrategy;
import dev.capstan.dsl.model.ReadMode;
import dev.capstan.dsl.model.TextPattern;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Compiles what cloud events are waited for (specification: Event Consumption Strategy). */
final class Events {
  /** A dot alone does not make a regular expression: event types and hosts are full of dots. */
  private static final String REGEX_SIGNS = "*+?[](){}|^$\\";

  /** Attributes of events are short, and every listener looks at them. */
  private static final int MOST_LOOKS = 1_000_000;

  private final Templates templates;

  Events(Templates templates) {
    this.templates = templates;
  }

  EventStrategy strategy(JsonNode value) {
    if (value.has("all")) {
      return new EventStrategy.All(filters(value.required("all")));
    }
    if (value.has("any")) {
      return new EventStrategy.Any(filters(value.required("any")), until(value.get("until")));
    }
    return new EventStrategy.One(filter(value.required("one")));
  }

  static ReadMode readMode(JsonNode owner) {
    return ReadMode.valueOf(owner.path("read").asText("data").toUpperCase(Locale.ROOT));
  }

  private EventStrategy.@Nullable Until until(@Nullable JsonNode value) {
    if (value == null) {
      return null;
    }
    if (value.isBoolean()) {
      return new EventStrategy.Until.Never();
    }
    return value.isTextual()
        ? new EventStrategy.Until.Condition(templates.expression(value))
        : new EventStrategy.Until.Strategy(strategy(value));
  }

  private List<EventFilter> filters(JsonNode array) {
    List<EventFilter> filters = new ArrayList<>();
    array.forEach(filter -> filters.add(filter(filter)));
    return filters;
  }

  private EventFilter filter(JsonNode value) {
    Map<String, EventFilter.Test> attributes = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> attribute : value.required("with").properties()) {
      attributes.put(attribute.getKey(), test(attribute.getValue()));
    }
    Map<String, EventFilter.Correlation> correlations = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> key : value.path("correlate").properties()) {
      JsonNode expect = key.getValue().get("expect");
      correlations.put(
          key.getKey(),
          new EventFilter.Correlation(
              templates.expression(key.getValue().required("from")),
              expect == null ? null : templates.value(expect)));
    }
    return new EventFilter(attributes, correlations);
  }

  private EventFilter.Test test(JsonNode value) {
    if (!value.isTextual()) {
      return new EventFilter.Test.Literal(value, null);
    }
    return Expression.isEnclosed(value.textValue())
        ? new EventFilter.Test.Computed(templates.expression(value))
        : new EventFilter.Test.Literal(value, pattern(value.textValue()));
  }

  private static @Nullable TextPattern pattern(String text) {
    if (text.chars().allMatch(c -> REGEX_SIGNS.indexOf(c) < 0)) {
      return null;
    }
    try {
      return TextPattern.compile(text, MOST_LOOKS);
    } catch (PatternSyntaxException e) {
      return null;
    }
  }
}
