package dev.capstan.server.clocks;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What comparisons of the coordinators' clocks have shown to one of them. The time is the median's
 * where a majority of all coordinators is near it; where none is, nobody is found to be wrong and
 * nobody to be right again, and the time goes on as it was.
 *
 * @param agreedMillis by how much the agreed time is ahead of the clock of the one that compares;
 *     null where no majority agrees
 * @param clocks by coordinator; those that did not answer are missing, but for wrong ones
 */
record ClockVerdict(@Nullable Long agreedMillis, Map<String, Standing> clocks) {
  /** From here on operators are told. */
  static final long APART_MILLIS = 5_000;

  /** What certificates allow for as well: they begin so much early. */
  static final long WRONG_MILLIS = 300_000;

  /** Before the first comparison. */
  static final ClockVerdict NONE = new ClockVerdict(null, Map.of());

  /** How good a clock is. */
  enum Grade {
    GOOD,
    APART,
    WRONG
  }

  /**
   * A clock.
   *
   * @param aheadMillis how far it is ahead of the agreed time; less than 0: behind
   */
  record Standing(long aheadMillis, Grade grade) {}

  /**
   * What another clock said.
   *
   * @param aheadMillis how far it is ahead of the own clock, to the best of one's knowledge
   * @param doubtMillis how far that may be off either way: half of the time until the answer
   */
  record Reading(long aheadMillis, long doubtMillis) {
    /** For sure, at least. */
    private long apart(Reading from) {
      return Math.max(0, Math.abs(aheadMillis - from.aheadMillis) - doubtMillis - from.doubtMillis);
    }
  }

  ClockVerdict {
    clocks = Map.copyOf(clocks);
  }

  /**
   * The verdict after another comparison.
   *
   * @param self the coordinator that compares
   * @param members all coordinators that have a vote
   * @param others the readings of those that answered
   * @param goesOnMillis how far the time that was agreed before is ahead of the own clock by now
   */
  ClockVerdict next(
      String self, Collection<String> members, Map<String, Reading> others, long goesOnMillis) {
    Map<String, Reading> readings = new TreeMap<>(others);
    readings.keySet().retainAll(members);
    readings.put(self, new Reading(0, 0));
    List<Reading> sorted =
        readings.values().stream().sorted(Comparator.comparingLong(Reading::aheadMillis)).toList();
    Reading median = sorted.get((sorted.size() - 1) / 2);
    long near = sorted.stream().filter(each -> each.apart(median) <= WRONG_MILLIS).count();
    boolean decided = near > members.size() / 2;
    Reading time = decided ? median : new Reading(goesOnMillis, 0);
    Map<String, Standing> found = new TreeMap<>();
    clocks.forEach((node, before) -> {
      if (before.grade == Grade.WRONG && members.contains(node)) {
        found.put(node, before);
      }
    });
    readings.forEach((node, reading) -> {
      Grade before = grade(node);
      Grade now = grade(reading.apart(time), before);
      found.put(
          node,
          new Standing(
              reading.aheadMillis - time.aheadMillis, decided ? now : undecided(now, before)));
    });
    return new ClockVerdict(decided ? median.aheadMillis : null, found);
  }

  /** A clock at the edge does not go to and fro: it is better again a fifth below the limit. */
  private static Grade grade(long apart, Grade before) {
    if (apart > limit(WRONG_MILLIS, before == Grade.WRONG)) {
      return Grade.WRONG;
    }
    return apart > limit(APART_MILLIS, before != Grade.GOOD) ? Grade.APART : Grade.GOOD;
  }

  private static long limit(long millis, boolean beyondBefore) {
    return beyondBefore ? millis / 5 * 4 : millis;
  }

  private static Grade undecided(Grade now, Grade before) {
    if (before == Grade.WRONG) {
      return Grade.WRONG;
    }
    return now == Grade.WRONG ? Grade.APART : now;
  }

  /** Of a coordinator that nothing is known of, too. */
  Grade grade(String node) {
    Standing standing = clocks.get(node);
    return standing == null ? Grade.GOOD : standing.grade;
  }
}
