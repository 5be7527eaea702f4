package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.model.EventFilter;
import dev.capstan.dsl.model.EventStrategy;
import dev.capstan.dsl.model.Task;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Filters and correlations against single events (specification: Event Filter, Correlation). */
class EventMatchingTest {
  private static final Scope SCOPE = new Scope(name -> null, JqLimits.ofSteps(10_000));
  private static final JsonNode INPUT = Desk.json("{\"want\": 7, \"yes\": true}");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          type: order.paid                      | {"type": "order.paid"}                 | true
          type: order.paid                      | {"type": "order.paid.late"}            | false
          type: order.paid                      | {}                                     | false
          type: 'order\\..+'                    | {"type": "order.paid"}                 | true
          type: 'order\\..+'                    | {"type": "my.order.paid"}              | false
          type: t, level: 3                     | {"type": "t", "level": 3}              | true
          type: t, level: 3                     | {"type": "t", "level": "3"}            | false
          type: t, urgent: true                 | {"type": "t", "urgent": true}          | true
          type: t, urgent: true                 | {"type": "t"}                          | false
          type: t, level: '${ . > 2 }'          | {"type": "t", "level": 3}              | true
          type: t, level: '${ . > 2 }'          | {"type": "t", "level": 2}              | false
          type: t, level: '${ .want }'          | {"type": "t", "level": 7}              | true
          type: t, level: '${ .want }'          | {"type": "t", "level": 6}              | false
          type: t, level: '${ .missing }'       | {"type": "t"}                          | false
          type: t, data: '${ .n == 1 }'         | {"type": "t", "data": {"n": 1}}        | true
          type: t, data: '${ .n == 1 }'         | {"type": "t", "data": "text"}          | false
          type: t, data: '${ .n == 1 }'         | {"type": "t"}                          | false
          type: t, subject: '${ startswith("a") }' | {"type": "t", "subject": "abc"}     | true
          type: t, subject: '${ startswith("a") }' | {"type": "t", "subject": 5}         | false
          type: t, subject: '${ startswith("a") }' | {"type": "t"}                       | false
          """)
  void an_event_meets_a_filter_or_does_not(String with, String event, boolean meets) {
    EventFilter filter = filter("{ with: { " + with + " } }");
    assertThat(match(filter, event, Map.of()) != null).isEqualTo(meets);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          from: .data.k, expect: '7'            | {"type": "t", "data": {"k": 7}}        | true
          from: .data.k, expect: '7'            | {"type": "t", "data": {"k": "7"}}      | true
          from: .data.k, expect: '7'            | {"type": "t", "data": {"k": 8}}        | false
          from: .data.k, expect: '${ .want }'   | {"type": "t", "data": {"k": 7}}        | true
          from: .data.k, expect: '${ .want }'   | {"type": "t", "data": {"k": 8}}        | false
          from: .data.k, expect: '${ .yes }'    | {"type": "t", "data": {"k": 8}}        | true
          from: .data.k, expect: '${ .yes }'    | {"type": "t", "data": {"k": false}}    | false
          from: .data.k, expect: '${ .want }'   | {"type": "t", "data": {}}              | false
          from: .data.k                         | {"type": "t", "data": {"k": 1}}        | true
          from: .data.k                         | {"type": "t", "data": {}}              | false
          from: .data.k                         | {"type": "t", "data": "text"}          | false
          """)
  void a_correlation_is_met_or_is_not(String correlation, String event, boolean meets) {
    EventFilter filter =
        filter("{ with: { type: t }, correlate: { key: { " + correlation + " } } }");
    assertThat(match(filter, event, Map.of()) != null).isEqualTo(meets);
  }

  @Test
  void the_first_event_fixes_a_correlation_without_expectation() {
    EventFilter filter = filter("{ with: { type: t }, correlate: { key: { from: .data } } }");
    assertThat(match(filter, "{\"type\": \"t\", \"data\": 1}", Map.of()))
        .containsExactly(Map.entry("key", Desk.json("1")));
    Map<String, JsonNode> fixed = Map.of("key", Desk.json("1"));
    assertThat(match(filter, "{\"type\": \"t\", \"data\": 1}", fixed)).isEmpty();
    assertThat(match(filter, "{\"type\": \"t\", \"data\": 2}", fixed)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          one: { with: { type: a } }                                                    | a
          all: [ { with: { type: b.c } }, { with: { type: a } }, { with: { type: a } } ] | a b.c
          any: [ { with: { type: a } } ], until: { one: { with: { type: z } } }          | a z
          any: [ { with: { type: a } } ], until: { one: { with: { source: z } } }        |
          any: []                                                                        |
          one: { with: { source: s } }                                                   |
          one: { with: { type: 'a.*' } }                                                 |
          one: { with: { type: '${ startswith("a") }' } }                                |
          """)
  void the_types_to_subscribe_to_follow_from_the_filters(String to, String types) {
    EventStrategy strategy = listen("{ " + to + " }").to();
    String found = String.join(" ", EventMatching.types(strategy));
    assertThat(found).isEqualTo(types == null ? "" : types);
  }

  private static @org.jspecify.annotations.Nullable Map<String, JsonNode> match(
      EventFilter filter, String event, Map<String, JsonNode> keys) {
    return EventMatching.match(filter, new CloudEvent(Desk.json(event)), keys, INPUT, SCOPE);
  }

  private static EventFilter filter(String text) {
    if (listen("{ one: " + text + " }").to() instanceof EventStrategy.One one) {
      return one.filter();
    }
    throw new IllegalStateException(text);
  }

  private static Task.Listen listen(String to) {
    String tasks = "do: [ { l: { listen: { to: " + to + " } } } ]";
    if (Desk.definition(tasks).task("/do/0/l") instanceof Task.Listen listen) {
      return listen;
    }
    throw new IllegalStateException(to);
  }
}
