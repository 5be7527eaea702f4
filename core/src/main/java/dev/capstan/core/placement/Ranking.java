package dev.capstan.core.placement;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How good each of the nodes is that could take a task. What counts most comes first: the weights
 * of what the task prefers, its own spread, the strategy.
 */
final class Ranking {
  private static final int LEVEL_BITS = 20;
  private static final long WORST = (1L << LEVEL_BITS) - 1;

  private final Demand demand;
  private final Peers peers;
  private final Strategy strategy;
  private final @Nullable String spread;
  private final @Nullable Map<String, Integer> byValue;
  private final @Nullable String nearLabel;
  private final @Nullable String nearValue;

  private Ranking(
      Demand demand,
      Peers peers,
      Strategy strategy,
      @Nullable String spread,
      @Nullable Map<String, Integer> byValue,
      @Nullable String nearLabel,
      @Nullable String nearValue) {
    this.demand = demand;
    this.peers = peers;
    this.strategy = strategy;
    this.spread = spread;
    this.byValue = byValue;
    this.nearLabel = nearLabel;
    this.nearValue = nearValue;
  }

  static Ranking of(
      List<? extends Candidate> nodes, Demand demand, Peers peers, Strategy strategy) {
    String spread = demand.spread();
    String nearLabel = null;
    String nearValue = null;
    if (spread == null && strategy instanceof Strategy.Spread own) {
      spread = own.label();
    }
    if (strategy instanceof Strategy.Affinity affinity && affinity.label() != null) {
      nearLabel = affinity.label();
      nearValue = valueAt(nodes, peers.lastNode(), nearLabel);
    }
    Map<String, Integer> byValue = spread == null ? null : count(nodes, peers, spread);
    return new Ranking(demand, peers, strategy, spread, byValue, nearLabel, nearValue);
  }

  /**
   * The node that {@code affinity} looks for first, if it can take the task; null for another
   * strategy.
   */
  static <N extends Candidate> @Nullable N last(
      List<N> nodes, Demand demand, Peers peers, Strategy strategy) {
    String id = strategy instanceof Strategy.Affinity ? peers.lastNode() : null;
    if (id != null) {
      for (N node : nodes) {
        if (node.id().equals(id)) {
          return Placement.canTake(node, demand) ? node : null;
        }
      }
    }
    return null;
  }

  /** Whether all nodes that could take the task are equally good. */
  boolean areEqual() {
    return strategy instanceof Strategy.RoundRobin && demand.prefer().isEmpty() && spread == null;
  }

  private static @Nullable String valueAt(
      List<? extends Candidate> nodes, @Nullable String id, String label) {
    if (id != null) {
      for (Candidate node : nodes) {
        if (node.id().equals(id)) {
          return node.label(label);
        }
      }
    }
    return null;
  }

  private static Map<String, Integer> count(
      List<? extends Candidate> nodes, Peers peers, String label) {
    Map<String, Integer> running = peers.running();
    Map<String, Integer> byValue = new HashMap<>();
    if (!running.isEmpty()) {
      for (Candidate node : nodes) {
        Integer here = running.get(node.id());
        String value = here == null ? null : node.label(label);
        if (here != null && value != null) {
          byValue.merge(value, here, Integer::sum);
        }
      }
    }
    return byValue;
  }

  /** Smaller is better; equal ranks are told apart by {@link #fits}. */
  long of(Candidate node) {
    long disliking = WORST - demand.liking(node);
    return (disliking << LEVEL_BITS | crowd(node)) << LEVEL_BITS | distance(node);
  }

  /** How many of the group run under the same value of the label. */
  private long crowd(Candidate node) {
    if (spread == null || byValue == null) {
      return 0;
    }
    String value = node.label(spread);
    return value == null ? WORST : Math.min(byValue.getOrDefault(value, 0), WORST - 1);
  }

  private long distance(Candidate node) {
    return switch (strategy) {
      case Strategy.Spread _ -> Math.min(peers.running().getOrDefault(node.id(), 0), WORST);
      case Strategy.Affinity _ -> node.id().equals(peers.lastNode()) ? 0 : isNear(node) ? 1 : 2;
      case Strategy.LoadBalanced _, Strategy.RoundRobin _, Strategy.BinPack _ -> 0;
    };
  }

  private boolean isNear(Candidate node) {
    return nearLabel != null && nearValue != null && nearValue.equals(node.label(nearLabel));
  }

  /** Whether {@code node} is the better of two nodes of equal rank. */
  boolean fits(Candidate node, Candidate best) {
    return switch (strategy) {
      case Strategy.LoadBalanced _, Strategy.Spread _, Strategy.Affinity _ ->
          isLessLoaded(node, best);
      case Strategy.RoundRobin _ -> false;
      case Strategy.BinPack _ -> isLessLoaded(best, node);
    };
  }

  /** Whether a smaller share of the slots of {@code a} is taken. */
  static boolean isLessLoaded(Candidate a, Candidate b) {
    return (long) a.running() * b.slots() < (long) b.running() * a.slots();
  }
}
