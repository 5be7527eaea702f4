package dev.capstan.verify.simulation;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Starts of tasks under a rate, by when they were decided: no more than fit into a bucket that
 * fills evenly, whoever led meanwhile.
 */
final class Pace {
  private final int limit;
  private final long share;
  private final Deque<Long> starts = new ArrayDeque<>();

  /**
   * @param limit so many at a time
   * @param per in which the bucket fills, in nanoseconds
   */
  Pace(int limit, long per) {
    this.limit = limit;
    this.share = per / limit;
  }

  /**
   * A task starts.
   *
   * @return how many of the last ones were too many; negative for how many more there might have
   *     been
   */
  int started(long nanos) {
    starts.add(nanos);
    int most = Integer.MIN_VALUE;
    int count = starts.size();
    for (long first : starts) {
      most = Math.max(most, count - limit - (int) ((nanos - first) / share));
      count--;
    }
    while (starts.size() > 4 * limit) {
      starts.remove();
    }
    return most;
  }
}
