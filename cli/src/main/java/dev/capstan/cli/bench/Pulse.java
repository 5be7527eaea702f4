package dev.capstan.cli.bench;

import java.util.Arrays;

/**
 * The moments at which something happened again and again, by {@link System#nanoTime}. Any thread.
 */
final class Pulse {
  private long[] beats = new long[1 << 12];
  private int count;

  /** It happens now. */
  synchronized void beat() {
    beatAt(System.nanoTime());
  }

  /** It happened at a moment that is not earlier than the last. */
  synchronized void beatAt(long nanos) {
    if (count == beats.length) {
      beats = Arrays.copyOf(beats, 2 * count);
    }
    beats[count++] = nanos;
  }

  /** How often it happened from one moment until before another. */
  synchronized int count(long from, long to) {
    return first(to) - first(from);
  }

  /** A time in which nothing happened, from a beat or the beginning to a beat or the end. */
  record Gap(long from, long to) {
    long nanos() {
      return to - from;
    }
  }

  /**
   * The longest time without it within two moments. The beat before the first moment counts, and so
   * does the silence before the second.
   */
  synchronized Gap longestGap(long from, long to) {
    int next = first(from);
    long last = next > 0 ? beats[next - 1] : from;
    Gap longest = new Gap(last, last);
    for (; next < count && beats[next] < to; next++) {
      longest = longer(longest, new Gap(last, beats[next]));
      last = beats[next];
    }
    return longer(longest, new Gap(last, to));
  }

  private static Gap longer(Gap one, Gap other) {
    return other.nanos() > one.nanos() ? other : one;
  }

  /** The place of the first beat that is not before a moment. */
  private int first(long nanos) {
    int found = Arrays.binarySearch(beats, 0, count, nanos);
    if (found < 0) {
      return -found - 1;
    }
    while (found > 0 && beats[found - 1] == nanos) {
      found--;
    }
    return found;
  }
}
