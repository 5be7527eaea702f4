package dev.capstan.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.decision.EventMatching;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.EventFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Cloud events that wait for others, for a schedule that needs one event for each of several
 * filters. Events belong together when their correlation values do; each group starts one execution
 * and then is gone. Immutable: what is stored is replaced.
 */
final class EventGroups {
  /** The oldest group gives way to a new one beyond this. */
  private static final int LIMIT = 1_000;

  private EventGroups() {}

  /**
   * The groups after an event.
   *
   * @param complete the events of the group that the event completed, in the order of filters; null
   *     when it completed none
   * @param changed whether any group took it
   */
  record Taken(JsonNode groups, @Nullable List<CloudEvent> complete, boolean changed) {}

  static Taken take(JsonNode groups, List<EventFilter> filters, CloudEvent event, Scope scope) {
    List<JsonNode> all = new ArrayList<>();
    groups.forEach(all::add);
    for (int i = 0; i < all.size(); i++) {
      if (holds(all.get(i), event)) {
        return new Taken(groups, null, false);
      }
    }
    for (int i = 0; i < all.size(); i++) {
      ObjectNode grown = grow(all.get(i), filters, event, scope);
      if (grown != null) {
        all.set(i, grown);
        return taken(all, i);
      }
    }
    ObjectNode fresh = grow(empty(filters.size()), filters, event, scope);
    if (fresh == null) {
      return new Taken(groups, null, false);
    }
    if (all.size() == LIMIT) {
      all.removeFirst();
    }
    all.add(fresh);
    return taken(all, all.size() - 1);
  }

  private static Taken taken(List<JsonNode> all, int grown) {
    List<CloudEvent> events = new ArrayList<>();
    for (JsonNode event : all.get(grown).path("events")) {
      if (event.isNull()) {
        return new Taken(array(all), null, true);
      }
      events.add(new CloudEvent(event));
    }
    all.remove(grown);
    return new Taken(array(all), events, true);
  }

  private static boolean holds(JsonNode group, CloudEvent event) {
    for (JsonNode held : group.path("events")) {
      if (!held.isNull() && new CloudEvent(held).identity().equals(event.identity())) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable ObjectNode grow(
      JsonNode group, List<EventFilter> filters, CloudEvent event, Scope scope) {
    Map<String, JsonNode> keys = new TreeMap<>();
    group.path("keys").properties().forEach(key -> keys.put(key.getKey(), key.getValue()));
    for (int i = 0; i < filters.size(); i++) {
      if (!group.path("events").path(i).isNull()) {
        continue;
      }
      Map<String, JsonNode> fixed =
          EventMatching.match(filters.get(i), event, keys, NullNode.getInstance(), scope);
      if (fixed != null) {
        ObjectNode grown = group.deepCopy();
        ((ObjectNode) grown.path("keys")).setAll(fixed);
        ((ArrayNode) grown.path("events")).set(i, event.json());
        return grown;
      }
    }
    return null;
  }

  private static ObjectNode empty(int filters) {
    ObjectNode group = JsonNodeFactory.instance.objectNode();
    group.putObject("keys");
    ArrayNode events = group.putArray("events");
    for (int i = 0; i < filters; i++) {
      events.addNull();
    }
    return group;
  }

  private static JsonNode array(List<JsonNode> items) {
    return new ArrayNode(JsonNodeFactory.instance, items);
  }
}
