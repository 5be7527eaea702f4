package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Expression;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which cloud events are waited for. */
public sealed interface EventStrategy {
  /** What is waited for; none means every event in {@link Any}. */
  List<EventFilter> filters();

  /** One event that matches. */
  record One(EventFilter filter) implements EventStrategy {
    @Override
    public List<EventFilter> filters() {
      return List.of(filter);
    }
  }

  /** One event for each filter, in any order. */
  record All(List<EventFilter> filters) implements EventStrategy {
    public All {
      filters = List.copyOf(filters);
    }
  }

  /** An event that matches any filter (none: every event); with an end, all of them until then. */
  record Any(List<EventFilter> filters, @Nullable Until until) implements EventStrategy {
    public Any {
      filters = List.copyOf(filters);
    }
  }

  /** When {@link Any} stops. */
  sealed interface Until {
    /** When it holds on the array of what was consumed so far. */
    record Condition(Expression expression) implements Until {}

    /** When another strategy is met; its events are not part of the output. */
    record Strategy(EventStrategy strategy) implements Until {}

    /** {@code until: false}: never. */
    record Never() implements Until {}
  }
}
