package dev.capstan.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.decision.EventMatching;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.EventFilter;
import dev.capstan.dsl.model.EventStrategy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a cloud event is for a schedule that gathers: expressions are evaluated once, however many
 * gatherings there are.
 *
 * @param parts for each filter of what is gathered the correlation values of the event, empty if
 *     the filter does not take it
 * @param ends the same for what ends a gathering
 * @param needsAll whether all filters of the end must be met
 */
record Offer(
    List<Optional<Map<String, JsonNode>>> parts,
    List<Optional<Map<String, JsonNode>>> ends,
    boolean needsAll) {

  static Offer of(EventStrategy.Any any, CloudEvent event, Scope scope) {
    return any.until() instanceof EventStrategy.Until.Strategy until
        ? new Offer(
            matches(any, event, scope),
            matches(until.strategy(), event, scope),
            until.strategy() instanceof EventStrategy.All)
        : new Offer(matches(any, event, scope), List.of(), false);
  }

  /** Whether any filter takes the event; what a gathering has fixed can only say no. */
  boolean isWanted() {
    return Stream.concat(parts.stream(), ends.stream()).anyMatch(Optional::isPresent);
  }

  private static List<Optional<Map<String, JsonNode>>> matches(
      EventStrategy strategy, CloudEvent event, Scope scope) {
    List<EventFilter> filters = strategy.filters();
    return strategy instanceof EventStrategy.Any && filters.isEmpty()
        ? List.of(Optional.of(Map.of()))
        : filters.stream()
            .map(filter ->
                Optional.ofNullable(
                    EventMatching.match(filter, event, Map.of(), NullNode.getInstance(), scope)))
            .toList();
  }
}
