package dev.capstan.server.partition;

import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Things in two orders at a time: whose turn it is, and what has waited longest. Owned by the
 * partition's thread.
 */
final class Standing<T> {
  private final NavigableMap<Rank, T> byTurn = new TreeMap<>();
  private final NavigableMap<Rank, T> byAge = new TreeMap<>();

  /**
   * A place in one order; smaller comes first.
   *
   * @param value the turn, or the time
   * @param number of the task, where values are equal
   * @param line makes it unique
   */
  record Rank(long value, long number, long line) implements Comparable<Rank> {
    private static final Comparator<Rank> ORDER =
        Comparator.comparingLong(Rank::value)
            .thenComparingLong(Rank::number)
            .thenComparingLong(Rank::line);

    @Override
    public int compareTo(Rank other) {
      return ORDER.compare(this, other);
    }
  }

  /** A place in both orders. */
  record Seat(Rank turn, Rank age) {}

  /** Gives a thing another place; null for none. */
  void move(T thing, @Nullable Seat from, @Nullable Seat to) {
    if (from != null) {
      byTurn.remove(from.turn());
      byAge.remove(from.age());
    }
    if (to != null) {
      byTurn.put(to.turn(), thing);
      byAge.put(to.age(), thing);
    }
  }

  /** The place that whatever holds all these has by them; null if there are none. */
  @Nullable Seat seat() {
    return byTurn.isEmpty() ? null : new Seat(byTurn.firstKey(), byAge.firstKey());
  }

  boolean isEmpty() {
    return byTurn.isEmpty();
  }

  /** The one whose turn it is; there must be one. */
  T next() {
    return first(byTurn);
  }

  /** The one that has waited longest; there must be one. */
  T oldest() {
    return first(byAge);
  }

  private static <T> T first(NavigableMap<Rank, T> order) {
    Map.Entry<Rank, T> first = order.firstEntry();
    if (first == null) {
      throw new IllegalStateException("nothing stands here");
    }
    return first.getValue();
  }
}
