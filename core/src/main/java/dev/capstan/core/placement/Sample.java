package dev.capstan.core.placement;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The least loaded of a few nodes. The best of two nodes taken by chance is already almost as good
 * as the best of all ("the power of two choices"); eight leave little to wish for, and cost the
 * same among ten thousand nodes as among two hundred.
 */
final class Sample {
  private static final long STEP = 0x9E3779B97F4A7C15L;

  private Sample() {}

  /** The best of a sample; null when too few of the nodes looked at could take the task. */
  static <N extends Candidate> @Nullable N best(List<N> nodes, Demand demand, long turn) {
    N best = null;
    int found = 0;
    for (int i = 0; i < Placement.PROBES && found < Placement.SAMPLE; i++) {
      N node = nodes.get(position(turn * Placement.PROBES + i, nodes.size()));
      if (Placement.canTake(node, demand)) {
        found++;
        best = best == null || Ranking.isLessLoaded(node, best) ? node : best;
      }
    }
    return found == Placement.SAMPLE ? best : null;
  }

  /** Spreads numbers that follow each other over all positions (the mixer of SplitMix64). */
  static int position(long number, int count) {
    long mixed = number * STEP;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    mixed ^= mixed >>> 31;
    return (int) Math.unsignedMultiplyHigh(mixed, count);
  }
}
