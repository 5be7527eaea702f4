package dev.capstan.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private static final Strategy LOAD_BALANCED = new Strategy.LoadBalanced();

  private record Node(
      String id,
      int slots,
      int running,
      List<String> kinds,
      Map<String, String> labels,
      Candidate.@Nullable Closed closed)
      implements Candidate {
    static Node of(String id, int slots, int running) {
      return new Node(id, slots, running, List.of("run:shell"), Map.of(), null);
    }

    Node labelled(String name, String value) {
      return new Node(id, slots, running, kinds, Map.of(name, value), closed);
    }

    Node closed(Candidate.Closed reason) {
      return new Node(id, slots, running, kinds, labels, reason);
    }

    @Override
    public boolean offers(String kind) {
      return kinds.contains(kind);
    }

    @Override
    public @Nullable String label(String name) {
      return labels.get(name);
    }
  }

  private static Demand demand(String metadata) {
    try {
      JsonNode json = new JsonMapper().readTree(metadata);
      return Demand.of("run:shell", json);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static String chosen(List<Node> nodes, Demand demand, Strategy strategy, long turn) {
    return Placement.plan(nodes, demand, strategy, turn)
            instanceof Placement.Chosen<Node>(Node node)
        ? node.id()
        : "none";
  }

  private static String refusal(List<Node> nodes, Demand demand) {
    return Placement.plan(nodes, demand, LOAD_BALANCED, 0)
            instanceof Placement.Refused<Node>(Explanation why)
        ? why.sentence()
        : "chosen";
  }

  @Nested
  class Ranking {
    @Test
    void loadBalancedTakesTheNodeWithTheSmallestShareOfItsSlotsTaken() {
      List<Node> nodes = List.of(Node.of("a", 2, 1), Node.of("b", 10, 4), Node.of("c", 4, 3));
      assertThat(chosen(nodes, demand("{}"), LOAD_BALANCED, 0)).isEqualTo("b");
    }

    @Test
    void nodesThatAreEquallyGoodTakeTurns() {
      List<Node> nodes = List.of(Node.of("a", 4, 2), Node.of("b", 2, 1), Node.of("c", 8, 4));
      Map<String, Integer> taken = new TreeMap<>();
      for (long turn = -3; turn < 6; turn++) {
        taken.merge(chosen(nodes, demand("{}"), LOAD_BALANCED, turn), 1, Integer::sum);
      }
      assertThat(taken).isEqualTo(Map.of("a", 3, "b", 3, "c", 3));
    }

    @Test
    void binPackTakesTheFullestNodeThatStillHasASlot() {
      List<Node> nodes = List.of(Node.of("a", 2, 1), Node.of("b", 10, 9), Node.of("c", 4, 4));
      assertThat(chosen(nodes, demand("{}"), new Strategy.BinPack(), 0)).isEqualTo("b");
    }

    @Test
    void roundRobinLooksAtTurnsOnly() {
      List<Node> nodes = List.of(Node.of("a", 2, 1), Node.of("b", 10, 9), Node.of("c", 4, 0));
      assertThat(chosen(nodes, demand("{}"), new Strategy.RoundRobin(), 4)).isEqualTo("b");
    }
  }

  @Nested
  class Filtering {
    @Test
    void aRequiredLabelMustBeThereWithOneOfItsValues() {
      List<Node> nodes =
          List.of(
              Node.of("a", 2, 0).labelled("zone", "x"), Node.of("b", 2, 1).labelled("zone", "y"));
      assertThat(chosen(nodes, demand("{\"require\":{\"zone\":\"y\"}}"), LOAD_BALANCED, 0))
          .isEqualTo("b");
      assertThat(chosen(nodes, demand("{\"require\":{\"zone\":[\"w\",\"y\"]}}"), LOAD_BALANCED, 0))
          .isEqualTo("b");
      assertThat(chosen(nodes, demand("{\"require\":{\"gpu\":true}}"), LOAD_BALANCED, 0))
          .isEqualTo("none");
    }

    @Test
    void numbersAndBooleansAreComparedAsText() {
      List<Node> nodes = List.of(Node.of("a", 2, 0).labelled("gpu", "true"));
      assertThat(chosen(nodes, demand("{\"require\":{\"gpu\":true}}"), LOAD_BALANCED, 0))
          .isEqualTo("a");
    }

    @Test
    void aRequirementOfAnotherShapeIsMetByNoNode() {
      List<Node> nodes = List.of(Node.of("a", 2, 0));
      assertThat(chosen(nodes, demand("{\"require\":\"gpu\"}"), LOAD_BALANCED, 0))
          .isEqualTo("none");
      assertThat(chosen(nodes, demand("{\"require\":{\"gpu\":{\"min\":1}}}"), LOAD_BALANCED, 0))
          .isEqualTo("none");
    }

    @Test
    void closedNodesTakeNothing() {
      List<Node> nodes = new ArrayList<>();
      for (Candidate.Closed reason : Candidate.Closed.values()) {
        nodes.add(Node.of(reason.name(), 2, 0).closed(reason));
      }
      assertThat(chosen(nodes, demand("{}"), LOAD_BALANCED, 0)).isEqualTo("none");
    }
  }

  @Nested
  class Explaining {
    @Test
    void saysThatThereAreNoNodes() {
      assertThat(refusal(List.of(), demand("{}")))
          .isEqualTo("needs kind run:shell: no node is connected");
    }

    @Test
    void saysHowManyNodesHaveTheKind() {
      List<Node> nodes = List.of(Node.of("a", 2, 0), Node.of("b", 2, 0), Node.of("c", 2, 0));
      String why =
          Placement.explain(nodes, Demand.of("run:script:js", new JsonMapper().createObjectNode()))
              .sentence();
      assertThat(why).isEqualTo("needs kind run:script:js: 0 of 3 nodes have it");
    }

    @Test
    void saysWhichLabelIsMissing() {
      assertThat(refusal(List.of(Node.of("a", 2, 0)), demand("{\"require\":{\"gpu\":true}}")))
          .isEqualTo("needs label gpu=true: 0 of 1 node with kind run:shell has it");
    }

    @Test
    void saysThatAllAreBusy() {
      assertThat(
              refusal(
                  List.of(Node.of("a", 2, 2), Node.of("b", 1, 1), Node.of("c", 1, 1)),
                  demand("{}")))
          .isEqualTo("3 nodes have it, none has a free slot");
      assertThat(refusal(List.of(Node.of("a", 2, 2)), demand("{}")))
          .isEqualTo("1 node has it, and no free slot");
    }

    @Test
    void countsEachNodeUnderItsFirstCause() {
      List<Node> nodes =
          List.of(
              new Node("a", 1, 1, List.of(), Map.of(), Candidate.Closed.DRAINING),
              Node.of("b", 1, 1),
              Node.of("c", 1, 1).closed(Candidate.Closed.DRAINING));
      assertThat(refusal(nodes, demand("{}")))
          .isEqualTo("of 3 nodes: 1 lacks kind run:shell, 1 is draining, 1 has no free slot");
    }
  }
}
