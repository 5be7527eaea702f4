package dev.capstan.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.capstan.core.decision.EventMatching;
import dev.capstan.dsl.model.EventStrategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Cloud events that a schedule gathers until something happens. They are named as {@link
 * GatheredEvents#name} does; they stand there too. Immutable.
 *
 * @param events those that were taken, in the order in which they came
 * @param ending those that have met a filter of the strategy which ends it; they are not part of it
 * @param met the positions of these filters
 * @param keys what its correlations have fixed
 * @param dropped how many events had to give way
 * @param due whether it has ended, and its execution is to be started by itself
 */
record EventGathering(
    List<ByteString> events,
    List<ByteString> ending,
    List<Integer> met,
    Map<String, JsonNode> keys,
    long dropped,
    boolean due) {

  static final EventGathering EMPTY =
      new EventGathering(List.of(), List.of(), List.of(), Map.of(), 0, false);

  boolean holds(ByteString event) {
    return events.contains(event) || ending.contains(event);
  }

  /** How many events it remembers. */
  int size() {
    return events.size() + ending.size();
  }

  /** With an event in it, null if none of the filters takes it. */
  @Nullable EventGathering with(ByteString name, Offer offer) {
    int filter = filter(offer.parts(), List.of());
    return filter < 0
        ? null
        : new EventGathering(
            plus(events, name), ending, met, plus(offer.parts(), filter), dropped, due);
  }

  /** With an event that has met a part of what ends it, null if it does not. */
  @Nullable EventGathering endedBy(ByteString name, Offer offer) {
    int filter = filter(offer.ends(), offer.needsAll() ? met : List.of());
    return filter < 0
        ? null
        : new EventGathering(
            events,
            plus(ending, name),
            plus(met, filter),
            plus(offer.ends(), filter),
            dropped,
            due);
  }

  /** Whether an event is one that ends it, also if it has met that part already. */
  boolean agreesWithEnd(Offer offer) {
    return filter(offer.ends(), List.of()) >= 0;
  }

  /** The same when its execution is to be started later; it takes no events any more. */
  EventGathering ended() {
    return new EventGathering(events, ending, met, keys, dropped, true);
  }

  /** Whether the strategy that ends it is met. */
  boolean isEnded(EventStrategy until) {
    return switch (until) {
      case EventStrategy.All all -> new TreeSet<>(met).size() == all.filters().size();
      case EventStrategy.One _, EventStrategy.Any _ -> !met.isEmpty();
    };
  }

  /** Without its oldest event; without what has met its end if there is no other. */
  EventGathering withoutOldest() {
    return events.isEmpty()
        ? EMPTY
        : new EventGathering(
            List.copyOf(events.subList(1, events.size())), ending, met, keys, dropped + 1, due);
  }

  /** The first filter that takes the event, -1 if none does. */
  private int filter(List<Optional<Map<String, JsonNode>>> matches, List<Integer> done) {
    for (int i = 0; i < matches.size() && !due; i++) {
      if (!done.contains(i)
          && matches.get(i).filter(values -> EventMatching.agree(values, keys)).isPresent()) {
        return i;
      }
    }
    return -1;
  }

  private Map<String, JsonNode> plus(List<Optional<Map<String, JsonNode>>> matches, int filter) {
    Map<String, JsonNode> all = new TreeMap<>(matches.get(filter).orElseThrow());
    all.putAll(keys);
    return all;
  }

  private static <T> List<T> plus(List<T> list, T item) {
    List<T> longer = new ArrayList<>(list);
    longer.add(item);
    return List.copyOf(longer);
  }
}
