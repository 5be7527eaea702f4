package dev.capstan.core.placement;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A condition on one label or fact of a node.
 *
 * @param name of the label, or the word of a {@link Candidate.Fact}
 * @param weight how much it counts as a preference; 0 where it is a must
 */
public record Requirement(
    String name, Candidate.@Nullable Fact fact, Condition condition, int weight) {

  static Requirement of(String name, Condition condition, int weight) {
    return new Requirement(name, Candidate.Fact.of(name), condition, weight);
  }

  /** Whether a node meets it. */
  public boolean isMetBy(Candidate node) {
    return fact == null ? condition.holds(node.label(name)) : condition.holds(node.amount(fact));
  }

  /** Such as {@code gpu=true}. */
  public String inWords() {
    return condition.inWords(name);
  }

  static String inWords(List<Requirement> all) {
    return String.join(" and ", all.stream().map(Requirement::inWords).toList());
  }
}
