package dev.capstan.server.registry;

import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.EventFilter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All groups of a schedule. Events belong together when their correlation values do; each group
 * starts one execution and then is gone. Immutable: what is stored is replaced.
 */
final class EventGroups {
  /** The oldest group gives way to a new one beyond this. */
  static final int LIMIT = 1_000;

  private EventGroups() {}

  /**
   * The groups after an event.
   *
   * @param complete the events of the group that the event completed, in the order of filters; null
   *     when it completed none
   * @param dropped a group that had to give way, null when none had to
   */
  record Taken(
      List<EventGroup> groups, @Nullable List<CloudEvent> complete, @Nullable EventGroup dropped) {}

  /** The groups after an event, null if none takes it, or has it already. */
  static @Nullable Taken take(
      List<EventGroup> groups, List<EventFilter> filters, CloudEvent event, Scope scope) {
    if (groups.stream().anyMatch(group -> group.holds(event))) {
      return null;
    }
    List<EventGroup> all = new ArrayList<>(groups);
    for (int i = 0; i < all.size(); i++) {
      EventGroup grown = all.get(i).with(event, filters, scope);
      if (grown != null) {
        all.set(i, grown);
        return taken(all, i, null);
      }
    }
    EventGroup fresh = EventGroup.empty(filters.size()).with(event, filters, scope);
    if (fresh == null) {
      return null;
    }
    EventGroup dropped = all.size() == LIMIT ? all.removeFirst() : null;
    all.add(fresh);
    return taken(all, all.size() - 1, dropped);
  }

  private static Taken taken(List<EventGroup> all, int changed, @Nullable EventGroup dropped) {
    if (!all.get(changed).isComplete()) {
      return new Taken(List.copyOf(all), null, dropped);
    }
    List<CloudEvent> events = all.remove(changed).present();
    return new Taken(List.copyOf(all), events, dropped);
  }
}
