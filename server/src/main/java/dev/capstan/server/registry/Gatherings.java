package dev.capstan.server.registry;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * All gatherings of a schedule. Each is like a task that listens: what its first event has fixed by
 * correlation holds for those that follow, so events whose values differ are gathered apart.
 * Immutable: what is stored is replaced.
 *
 * @param open the oldest first
 * @param bytes what all their events have as JSON
 */
record Gatherings(List<EventGathering> open, long bytes) {
  /** The most events that all gatherings of a schedule have together. */
  static final int LIMIT = 1_000;

  static final Gatherings NONE = new Gatherings(List.of(), 0);

  Gatherings {
    open = List.copyOf(open);
  }

  /**
   * The gatherings after an event.
   *
   * @param isPart whether it is one of the gathered events, and not one that ends a gathering
   */
  record Taken(List<EventGathering> open, boolean isPart) {}

  boolean holds(ByteString event) {
    return open.stream().anyMatch(gathering -> gathering.holds(event));
  }

  /**
   * The gatherings after an event, null if none takes it. One that ends them goes to all whose
   * correlation it agrees with, any other to the first of these. Where there is none, a gathering
   * begins.
   */
  @Nullable Taken take(ByteString name, Offer offer) {
    List<EventGathering> after = new ArrayList<>(open);
    boolean ends = false;
    for (int i = 0; i < open.size(); i++) {
      EventGathering ended = open.get(i).endedBy(name, offer);
      if (ended != null) {
        after.set(i, ended);
        ends = true;
      }
    }
    if (ends) {
      return new Taken(after, false);
    }
    for (int i = 0; i < open.size(); i++) {
      EventGathering grown = open.get(i).with(name, offer);
      if (grown != null) {
        after.set(i, grown);
        return new Taken(after, true);
      }
    }
    if (open.stream().anyMatch(gathering -> gathering.agreesWithEnd(offer))) {
      return null;
    }
    EventGathering ended = EventGathering.EMPTY.endedBy(name, offer);
    EventGathering fresh = ended != null ? ended : EventGathering.EMPTY.with(name, offer);
    if (fresh == null) {
      return null;
    }
    after.add(fresh);
    return new Taken(after, ended == null);
  }

  /**
   * Within its limits: the oldest events give way, but never the last one that came.
   *
   * @param mostBytes that all events may have together
   * @param removed hears of an event that gives way, and says how many bytes it had
   */
  Gatherings bounded(long mostBytes, ToLongFunction<ByteString> removed) {
    List<EventGathering> kept = new ArrayList<>(open);
    int count = open.stream().mapToInt(EventGathering::size).sum();
    long left = bytes;
    while (count > 1 && (count > LIMIT || left > mostBytes)) {
      EventGathering oldest = kept.getFirst();
      EventGathering rest = oldest.withoutOldest();
      count -= oldest.size() - rest.size();
      if (!oldest.events().isEmpty()) {
        left -= removed.applyAsLong(oldest.events().getFirst());
      }
      if (rest.size() == 0) {
        kept.removeFirst();
      } else {
        kept.set(0, rest);
      }
    }
    return new Gatherings(kept, left);
  }
}
