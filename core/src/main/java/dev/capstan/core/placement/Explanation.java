package dev.capstan.core.placement;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Why no node took a task: each node is counted under the first cause that holds, in this order.
 *
 * @param nodes how many there are
 * @param withoutKind can't run the kind
 * @param otherNodes are not the one that the task is pinned to
 * @param withoutLabels lack something that is required
 * @param met for each requirement, how many of the nodes that were left for it meet it
 * @param closed take nothing new, by reason
 * @param full have no free slot
 */
public record Explanation(
    Demand demand,
    int nodes,
    int withoutKind,
    int otherNodes,
    int withoutLabels,
    List<Integer> met,
    Map<Candidate.Closed, Integer> closed,
    int full) {
  public Explanation {
    met = List.copyOf(met);
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
    if (withoutKind + otherNodes == nodes) {
      return "needs node "
          + demand.node()
          + ": it is none of "
          + count(otherNodes, "node", "nodes")
          + " with kind "
          + demand.kind();
    }
    if (withoutKind + otherNodes + withoutLabels == nodes) {
      return unmet();
    }
    if (full == nodes) {
      return full == 1
          ? "1 node has it, and no free slot"
          : full + " nodes have it, none has a free slot";
    }
    return "of " + count(nodes, "node", "nodes") + ": " + String.join(", ", causes());
  }

  private String unmet() {
    String among = " of " + count(withoutLabels, "node", "nodes") + " with kind " + demand.kind();
    for (int i = 0; i < met.size(); i++) {
      if (met.get(i) == 0) {
        return "needs label "
            + demand.require().get(i).inWords()
            + ": 0"
            + among
            + (withoutLabels == 1 ? " has it" : " have it");
      }
    }
    List<String> each = new ArrayList<>();
    for (int i = 0; i < met.size(); i++) {
      each.add(met.get(i) + " have " + demand.require().get(i).inWords());
    }
    return "needs label "
        + Requirement.inWords(demand.require())
        + ": 0"
        + among
        + " have all of it ("
        + String.join(", ", each)
        + ")";
  }

  private List<String> causes() {
    List<String> causes = new ArrayList<>();
    if (withoutKind > 0) {
      causes.add(count(withoutKind, "lacks", "lack") + " kind " + demand.kind());
    }
    if (otherNodes > 0) {
      causes.add(count(otherNodes, "is", "are") + " not " + demand.node());
    }
    if (withoutLabels > 0) {
      causes.add(
          count(withoutLabels, "lacks", "lack")
              + " label "
              + Requirement.inWords(demand.require()));
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

  /** Counts nodes. */
  static final class Count {
    private final Demand demand;
    private final List<Integer> met;
    private final Map<Candidate.Closed, Integer> closed = new EnumMap<>(Candidate.Closed.class);
    private int nodes;
    private int withoutKind;
    private int otherNodes;
    private int withoutLabels;
    private int full;

    Count(Demand demand) {
      this.demand = demand;
      this.met = new ArrayList<>(Collections.nCopies(demand.require().size(), 0));
    }

    void add(Candidate node) {
      nodes++;
      if (!node.offers(demand.kind())) {
        withoutKind++;
      } else if (demand.node() != null && !demand.isPinnedTo(node)) {
        otherNodes++;
      } else if (!meets(node)) {
        withoutLabels++;
      } else {
        Candidate.Closed reason = node.closed();
        if (reason != null) {
          closed.merge(reason, 1, Integer::sum);
        } else if (node.running() >= node.slots()) {
          full++;
        }
      }
    }

    private boolean meets(Candidate node) {
      boolean all = true;
      for (int i = 0; i < met.size(); i++) {
        boolean one = demand.require().get(i).isMetBy(node);
        met.set(i, met.get(i) + (one ? 1 : 0));
        all &= one;
      }
      return all;
    }

    Explanation explanation() {
      return new Explanation(
          demand, nodes, withoutKind, otherNodes, withoutLabels, met, closed, full);
    }
  }
}
