package dev.capstan.core.placement;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a demand: a function of a snapshot, the same for the same input. Among many nodes
 * some are compared, taken by chance, unless only few could take the task: those are always found.
 */
public sealed interface Placement<N extends Candidate> {

  /** With more nodes than this, {@code load_balanced} looks at a sample. */
  int ALL_UP_TO = 128;

  /** How many nodes that could take the task a sample has. */
  int SAMPLE = 8;

  /** How many nodes are looked at for a sample; with fewer that fit, all are. */
  int PROBES = 256;

  /** How many nodes that could take the task are compared at most, from a place taken by chance. */
  int COMPARED = 512;

  /** This node is to take it. */
  record Chosen<N extends Candidate>(N node) implements Placement<N> {}

  /** No node can take it now. */
  record Refused<N extends Candidate>(Explanation explanation) implements Placement<N> {}

  /** {@link #plan(List, Demand, Peers, Strategy, long)} for a task whose group is not known. */
  static <N extends Candidate> Placement<N> plan(
      List<N> nodes, Demand demand, Strategy strategy, long turn) {
    return plan(nodes, demand, Peers.NONE, strategy, turn);
  }

  /**
   * Chooses a node: filters by what the demand requires, then ranks by what it prefers, its own
   * spread, and the strategy.
   *
   * @param nodes all nodes, always in the same order
   * @param turn grows with every placement; decides between nodes that are equally good
   */
  static <N extends Candidate> Placement<N> plan(
      List<N> nodes, Demand demand, Peers peers, Strategy strategy, long turn) {
    N chosen = choose(nodes, demand, peers, strategy, turn);
    return chosen != null ? new Chosen<>(chosen) : new Refused<>(explain(nodes, demand));
  }

  /** The node of {@link #plan}, null when no node can take it now. */
  static <N extends Candidate> @Nullable N choose(
      List<N> nodes, Demand demand, Peers peers, Strategy strategy, long turn) {
    boolean unranked = demand.prefer().isEmpty() && demand.spread() == null;
    if (unranked && strategy instanceof Strategy.LoadBalanced && nodes.size() > ALL_UP_TO) {
      N sampled = Sample.best(nodes, demand, turn);
      if (sampled != null) {
        return sampled;
      }
    }
    N near = unranked ? Ranking.last(nodes, demand, peers, strategy) : null;
    return near != null ? near : bestOfAll(nodes, demand, peers, strategy, turn);
  }

  private static <N extends Candidate> @Nullable N bestOfAll(
      List<N> nodes, Demand demand, Peers peers, Strategy strategy, long turn) {
    Ranking ranking = Ranking.of(nodes, demand, peers, strategy);
    int count = nodes.size();
    boolean equal = ranking.areEqual();
    int first = count <= COMPARED || equal ? turnOf(turn, count) : Sample.position(turn, count);
    int left = equal ? 1 : COMPARED;
    N best = null;
    long bestRank = Long.MAX_VALUE;
    for (int i = 0; i < count && left > 0; i++) {
      N node = nodes.get(first + i < count ? first + i : first + i - count);
      if (canTake(node, demand)) {
        left--;
        long rank = ranking.of(node);
        if (best == null || rank < bestRank || (rank == bestRank && ranking.fits(node, best))) {
          best = node;
          bestRank = rank;
        }
      }
    }
    return best;
  }

  private static int turnOf(long turn, int count) {
    return count == 0 ? 0 : (int) Math.floorMod(turn, (long) count);
  }

  /** Why no node can take it now; meaningless when one can. */
  static Explanation explain(List<? extends Candidate> nodes, Demand demand) {
    Explanation.Count count = new Explanation.Count(demand);
    nodes.forEach(count::add);
    return count.explanation();
  }

  /** Whether a node could take a task of this demand now. */
  static boolean canTake(Candidate node, Demand demand) {
    return node.running() < node.slots()
        && node.closed() == null
        && node.offers(demand.kind())
        && demand.isMetBy(node);
  }
}
