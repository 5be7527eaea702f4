package dev.capstan.cli.demo;

import java.util.HashMap;
import java.util.Map;

/**
 * Which requests fail, decided by seed, request and how often it came: whatever else goes on at the
 * same time, the same requests fail in the same way. Nothing fails more than three times in a row.
 * May be used by any thread.
 */
final class Chance {
  private static final int MOST_IN_A_ROW = 3;

  private final long seed;
  private final double rate;
  private final Map<String, Integer> failed = new HashMap<>();
  private final Map<String, Integer> seen = new HashMap<>();

  Chance(long seed, double rate) {
    this.seed = seed;
    this.rate = rate;
  }

  synchronized boolean fails(String request) {
    int times = seen.merge(request, 1, Integer::sum);
    boolean unlucky = rate > 0 && fraction(request, times) < rate;
    if (!unlucky || failed.getOrDefault(request, 0) >= MOST_IN_A_ROW) {
      failed.remove(request);
      return false;
    }
    failed.merge(request, 1, Integer::sum);
    return true;
  }

  /** How long the answer takes, in milliseconds. */
  long delayMillis(String request) {
    return 40 + (long) (fraction(request, 0) * 160);
  }

  private double fraction(String request, int times) {
    long mixed =
        seed * 0x9E3779B97F4A7C15L
            + request.hashCode() * 0xBF58476D1CE4E5B9L
            + times * 0x94D049BB133111EBL;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return ((mixed ^ (mixed >>> 31)) >>> 11) * 0x1.0p-53;
  }
}
