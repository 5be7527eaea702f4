package dev.capstan.core.placement;

import java.util.List;

/** Why a node took a task, as far as that can be told from what both say. */
public final class Fit {
  private Fit() {}

  /**
   * The end of a sentence that names the node.
   *
   * @param again whether the task had to go to this node, because it may have run there before
   */
  public static String words(Candidate node, Demand demand, Strategy strategy, boolean again) {
    if (again) {
      return ", where it may have run before";
    }
    if (demand.isPinnedTo(node)) {
      return ", the only one that it may go to";
    }
    StringBuilder words = new StringBuilder();
    List<Requirement> met = demand.require().stream().filter(each -> each.isMetBy(node)).toList();
    if (!met.isEmpty()) {
      words.append(", which has ").append(Requirement.inWords(met));
    }
    int liking = demand.liking(node);
    if (!demand.prefer().isEmpty()) {
      int most = demand.prefer().stream().mapToInt(Requirement::weight).sum();
      words.append("; it meets ").append(liking).append(" of ").append(most);
      words.append(most == 1 ? " point" : " points").append(" of what is preferred");
    }
    if (demand.spread() != null) {
      words.append("; spread over ").append(demand.spread());
    }
    return words.append("; then ").append(strategy.word()).append(" chose it").toString();
  }
}
