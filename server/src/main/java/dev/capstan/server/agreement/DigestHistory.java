package dev.capstan.server.agreement;

import java.util.OptionalLong;

/**
 * The digests of the last changes that this replica has applied, so that they can be compared with
 * those of a replica that is a little behind or ahead. Safe for any thread; one thread applies.
 */
public final class DigestHistory {
  private final long[] indexes;
  private final long[] values;
  private long count;

  /** Remembers as many changes. */
  public DigestHistory(int remembered) {
    indexes = new long[remembered];
    values = new long[remembered];
  }

  /** Begins anew, with a state that came as a whole. */
  synchronized void reset(StateDigest state) {
    count = 0;
    add(state);
  }

  /** After a change; its index is greater than that of the last one. */
  synchronized void add(StateDigest state) {
    int at = (int) (count % indexes.length);
    indexes[at] = state.index();
    values[at] = state.value();
    count++;
  }

  /** The state now. */
  public synchronized StateDigest latest() {
    int at = (int) ((count - 1) % indexes.length);
    return new StateDigest(indexes[at], values[at]);
  }

  /**
   * The digest that the state had at an index. Indexes between two changes have that of the earlier
   * one; empty for one that is not reached yet, or no longer remembered.
   */
  public synchronized OptionalLong at(long index) {
    long newest = count - 1;
    if (index > indexes[(int) (newest % indexes.length)]) {
      return OptionalLong.empty();
    }
    long oldest = Math.max(0, count - indexes.length);
    while (oldest < newest) {
      long middle = (oldest + newest + 1) / 2;
      if (indexes[(int) (middle % indexes.length)] <= index) {
        oldest = middle;
      } else {
        newest = middle - 1;
      }
    }
    int found = (int) (oldest % indexes.length);
    return indexes[found] <= index ? OptionalLong.of(values[found]) : OptionalLong.empty();
  }
}
