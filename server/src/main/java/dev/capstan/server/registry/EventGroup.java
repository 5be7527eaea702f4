package dev.capstan.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.decision.EventMatching;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.EventFilter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Cloud events that wait for others, for a schedule that needs one event for each of several
 * filters.
 *
 * @param events by position of their filter, null where one is missing
 * @param keys what their correlations have fixed
 */
record EventGroup(List<@Nullable CloudEvent> events, Map<String, JsonNode> keys) {

  static EventGroup empty(int filters) {
    return new EventGroup(Collections.nCopies(filters, null), Map.of());
  }

  /** The events that have come, in the order of filters. */
  List<CloudEvent> present() {
    List<CloudEvent> present = new ArrayList<>();
    for (CloudEvent event : events) {
      if (event != null) {
        present.add(event);
      }
    }
    return present;
  }

  boolean holds(CloudEvent event) {
    return present().stream().anyMatch(held -> held.identity().equals(event.identity()));
  }

  boolean isComplete() {
    return present().size() == events.size();
  }

  /** The group with an event in it, null if no filter of a missing event takes it. */
  @Nullable EventGroup with(CloudEvent event, List<EventFilter> filters, Scope scope) {
    for (int i = 0; i < filters.size(); i++) {
      if (events.get(i) != null) {
        continue;
      }
      Map<String, JsonNode> fixed =
          EventMatching.match(filters.get(i), event, keys, NullNode.getInstance(), scope);
      if (fixed != null) {
        List<@Nullable CloudEvent> grown = new ArrayList<>(events);
        grown.set(i, event);
        Map<String, JsonNode> all = new TreeMap<>(keys);
        all.putAll(fixed);
        return new EventGroup(Collections.unmodifiableList(grown), all);
      }
    }
    return null;
  }
}
