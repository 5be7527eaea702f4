package dev.capstan.core.placement;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The answer to a demand. */
public sealed interface Placement<N extends Candidate> {

  /** This node is to take it. */
  record Chosen<N extends Candidate>(N node) implements Placement<N> {}

  /** No node can take it now. */
  record Refused<N extends Candidate>(Explanation explanation) implements Placement<N> {}

  /**
   * Chooses a node: filters by what the demand requires, then ranks by strategy.
   *
   * @param nodes all nodes, always in the same order
   * @param turn grows with every placement; decides between nodes that are equally good
   */
  static <N extends Candidate> Placement<N> plan(
      List<N> nodes, Demand demand, Strategy strategy, long turn) {
    int count = nodes.size();
    int first = count == 0 ? 0 : (int) Math.floorMod(turn, (long) count);
    N best = null;
    for (int i = 0; i < count; i++) {
      N node = nodes.get(first + i < count ? first + i : first + i - count);
      if (canTake(node, demand) && (best == null || strategy.compare(node, best) < 0)) {
        best = node;
      }
    }
    return best != null ? new Chosen<>(best) : new Refused<>(explain(nodes, demand));
  }

  /** Why no node can take it now; meaningless when one can. */
  static Explanation explain(List<? extends Candidate> nodes, Demand demand) {
    int withoutKind = 0;
    int withoutLabels = 0;
    int full = 0;
    Map<Candidate.Closed, Integer> closed = new EnumMap<>(Candidate.Closed.class);
    for (Candidate node : nodes) {
      Candidate.Closed reason = node.closed();
      if (!node.offers(demand.kind())) {
        withoutKind++;
      } else if (!demand.isMetBy(node)) {
        withoutLabels++;
      } else if (reason != null) {
        closed.merge(reason, 1, Integer::sum);
      } else if (node.running() >= node.slots()) {
        full++;
      }
    }
    return new Explanation(demand, nodes.size(), withoutKind, withoutLabels, closed, full);
  }

  private static boolean canTake(Candidate node, Demand demand) {
    return node.running() < node.slots()
        && node.closed() == null
        && node.offers(demand.kind())
        && demand.isMetBy(node);
  }
}
