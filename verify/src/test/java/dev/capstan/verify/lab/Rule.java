package dev.capstan.verify.lab;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** What the switch does to the frames of some ways, and how often it has done so. */
sealed interface Rule {
  /** Counts of the ways that the rule is about. */
  Hits hits();

  /** Drops everything. */
  record Cut(Hits hits) implements Rule {}

  /** Drops some of the frames, drawn one by one. */
  record Loss(Hits hits, int percent, Chance chance) implements Rule {}

  /** Holds each frame for a while, with a part drawn for each, so frames may overtake others. */
  record Delay(Hits hits, long nanos, long jitterNanos, Chance chance) implements Rule {}

  /**
   * Counts by way.
   *
   * @param ways by {@link Rule#way}
   */
  record Hits(Map<Integer, LongAdder> ways) {
    /** As in {@code 1>2=17 2>1=0}. */
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      new TreeMap<>(ways)
          .forEach((way, count) ->
              text.append(way >> 8)
                  .append('>')
                  .append(way & 255)
                  .append('=')
                  .append(count.sum())
                  .append(' '));
      return text.toString().strip();
    }
  }

  /** Numbers from a seed, for many threads. */
  final class Chance {
    private final SplittableRandom random;

    Chance(long seed) {
      this.random = new SplittableRandom(seed);
    }

    /** A number from 0 to below the limit. */
    synchronized long below(long limit) {
      return limit <= 0 ? 0 : random.nextLong(limit);
    }
  }

  /** The way from one port to another as a number. */
  static int way(int from, int to) {
    return from << 8 | to;
  }

  /**
   * Reads a rule: {@code cut WAY...}, {@code loss PERCENT SEED WAY...}, or {@code delay NANOS
   * JITTER SEED WAY...}, where a way is as in {@code 1>2}.
   */
  static Rule parse(String[] words) {
    return switch (words[0]) {
      case "cut" -> new Cut(ways(words, 1));
      case "loss" ->
          new Loss(
              ways(words, 3), Integer.parseInt(words[1]), new Chance(Long.parseLong(words[2])));
      case "delay" ->
          new Delay(
              ways(words, 4),
              Long.parseLong(words[1]),
              Long.parseLong(words[2]),
              new Chance(Long.parseLong(words[3])));
      default -> throw new IllegalArgumentException("no rule is called " + words[0]);
    };
  }

  private static Hits ways(String[] words, int first) {
    Map<Integer, LongAdder> ways = new TreeMap<>();
    for (int i = first; i < words.length; i++) {
      int arrow = words[i].indexOf('>');
      int from = Integer.parseInt(words[i].substring(0, arrow));
      ways.put(way(from, Integer.parseInt(words[i].substring(arrow + 1))), new LongAdder());
    }
    return new Hits(Map.copyOf(ways));
  }
}
