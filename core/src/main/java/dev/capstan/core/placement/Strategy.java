package dev.capstan.core.placement;

import dev.capstan.dsl.diagnostic.NearestName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which of several nodes that all could take a task is the best. What the task itself prefers
 * counts first; nodes that are equally good take turns. Of more than {@value Placement#COMPARED}
 * nodes that could take a task, so many are compared, from a place taken by chance.
 */
public sealed interface Strategy {

  /** The names of the strategies, as the configuration spells them. */
  List<String> NAMES = List.of("load_balanced", "round_robin", "bin_pack", "spread", "affinity");

  /**
   * The node with the smallest share of its slots taken. Among more than {@value
   * Placement#ALL_UP_TO} nodes: the best of {@value Placement#SAMPLE} that could take the task,
   * taken by chance, so that a choice costs the same however many there are.
   */
  record LoadBalanced() implements Strategy {}

  /** One after the other, whatever they have to do. */
  record RoundRobin() implements Strategy {}

  /** The node with the largest share of its slots taken, so that others become empty. */
  record BinPack() implements Strategy {}

  /**
   * The value of a label under which the fewest attempts of the task's group run, and there the
   * node with the fewest, then the least loaded. Nodes without the label come last.
   *
   * @param label null for every node by itself
   */
  record Spread(@Nullable String label) implements Strategy {}

  /**
   * The node that an attempt of the same key or execution went to last, then one with the same
   * value of a label, then the least loaded.
   *
   * @param label null for the node alone
   */
  record Affinity(@Nullable String label) implements Strategy {}

  /**
   * The strategy of a name.
   *
   * @param label for {@code spread} and {@code affinity}; the others need none
   * @throws IllegalArgumentException if there is no strategy of the name; says which there are
   */
  static Strategy of(String name, @Nullable String label) {
    return switch (name) {
      case "load_balanced" -> new LoadBalanced();
      case "round_robin" -> new RoundRobin();
      case "bin_pack" -> new BinPack();
      case "spread" -> new Spread(label);
      case "affinity" -> new Affinity(label);
      default -> throw new IllegalArgumentException(unknown(name));
    };
  }

  /** Its name, as the configuration spells it. */
  default String word() {
    return switch (this) {
      case LoadBalanced _ -> "load_balanced";
      case RoundRobin _ -> "round_robin";
      case BinPack _ -> "bin_pack";
      case Spread _ -> "spread";
      case Affinity _ -> "affinity";
    };
  }

  private static String unknown(String name) {
    String nearest = NearestName.among(NAMES, name);
    return "there is no strategy \""
        + name
        + "\"; there are "
        + String.join(", ", NAMES)
        + (nearest == null ? "" : "; did you mean " + nearest + "?");
  }
}
