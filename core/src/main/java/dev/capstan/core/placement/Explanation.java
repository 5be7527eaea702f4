package dev.capstan.core.placement;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Why no node took a task: each node is counted under the first cause that holds, in this order.
 *
 * @param nodes how many there are
 * @param withoutKind can't run the kind
 * @param withoutLabels lack a label that is required
 * @param closed take nothing new, by reason
 * @param full have no free slot
 */
public record Explanation(
    Demand demand,
    int nodes,
    int withoutKind,
    int withoutLabels,
    Map<Candidate.Closed, Integer> closed,
    int full) {
  public Explanation {
    closed = new EnumMap<>(closed.isEmpty() ? new EnumMap<>(Candidate.Closed.class) : closed);
  }

  /** One sentence with the numbers. */
  public String sentence() {
    if (nodes == 0) {
      return "needs kind " + demand.kind() + ": no node is connected";
    }
    if (withoutKind == nodes) {
      return "needs kind "
          + demand.kind()
          + ": 0 of "
          + count(nodes, "node has", "nodes have")
          + " it";
    }
    if (withoutKind + withoutLabels == nodes) {
      return "needs label "
          + demand.labelsInWords()
          + ": 0 of "
          + count(withoutLabels, "node", "nodes")
          + " with kind "
          + demand.kind()
          + " "
          + (withoutLabels == 1 ? "has" : "have")
          + " it";
    }
    if (full == nodes) {
      return full == 1
          ? "1 node has it, and no free slot"
          : full + " nodes have it, none has a free slot";
    }
    return "of " + count(nodes, "node", "nodes") + ": " + String.join(", ", causes());
  }

  private List<String> causes() {
    List<String> causes = new ArrayList<>();
    if (withoutKind > 0) {
      causes.add(count(withoutKind, "lacks", "lack") + " kind " + demand.kind());
    }
    if (withoutLabels > 0) {
      causes.add(count(withoutLabels, "lacks", "lack") + " label " + demand.labelsInWords());
    }
    closed.forEach((reason, count) -> causes.add(reason.said(count)));
    if (full > 0) {
      causes.add(count(full, "has", "have") + " no free slot");
    }
    return causes;
  }

  private static String count(int count, String one, String many) {
    return count + " " + (count == 1 ? one : many);
  }
}
