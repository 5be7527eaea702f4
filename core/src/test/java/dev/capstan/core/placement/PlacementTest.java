package dev.capstan.core.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementTest {
  private static final Strategy LOAD_BALANCED = new Strategy.LoadBalanced();

  private record Node(
      String id,
      int slots,
      int running,
      List<String> kinds,
      Map<String, String> labels,
      Candidate.@Nullable Closed closed,
      Map<Candidate.Fact, Long> amounts)
      implements Candidate {
    static Node of(String id, int slots, int running) {
      return new Node(id, slots, running, List.of("run:shell"), Map.of(), null, Map.of());
    }

    Node labelled(String name, String value) {
      Map<String, String> more = new TreeMap<>(labels);
      more.put(name, value);
      return new Node(id, slots, running, kinds, more, closed, amounts);
    }

    Node closed(Candidate.Closed reason) {
      return new Node(id, slots, running, kinds, labels, reason, amounts);
    }

    Node with(Candidate.Fact fact, long amount) {
      return new Node(id, slots, running, kinds, labels, closed, Map.of(fact, amount));
    }

    @Override
    public String name() {
      return "name-of-" + id;
    }

    @Override
    public long amount(Fact fact) {
      return amounts.getOrDefault(fact, 0L);
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

  private record Group(Map<String, Integer> running, @Nullable String lastNode) implements Peers {}

  private static String chosen(List<Node> nodes, String metadata, Peers peers, Strategy strategy) {
    Node node = Placement.choose(nodes, demand(metadata), peers, strategy, 0);
    return node == null ? "none" : node.id();
  }

  /** Three zones: two nodes in x, one in y, one nowhere; the emptier the later. */
  private static List<Node> zones() {
    return List.of(
        Node.of("x1", 9, 4).labelled("zone", "x"),
        Node.of("x2", 9, 3).labelled("zone", "x"),
        Node.of("y1", 9, 2).labelled("zone", "y"),
        Node.of("nowhere", 9, 0));
  }

  @Nested
  class Spreading {
    private static final Strategy ZONES = new Strategy.Spread("zone");

    @Test
    void takesTheValueOfTheLabelWithTheFewestOfTheGroup() {
      assertThat(chosen(zones(), "{}", new Group(Map.of("y1", 1), null), ZONES)).isEqualTo("x2");
      assertThat(chosen(zones(), "{}", new Group(Map.of("y1", 1, "x2", 2), null), ZONES))
          .isEqualTo("y1");
    }

    @Test
    void takesTheNodeWithTheFewestOfTheGroupUnderOneValue() {
      Peers peers = new Group(Map.of("y1", 5, "x2", 1), null);
      assertThat(chosen(zones(), "{}", peers, ZONES)).isEqualTo("x1");
    }

    @Test
    void takesANodeWithoutTheLabelLast() {
      assertThat(chosen(zones().subList(3, 4), "{}", Peers.NONE, ZONES)).isEqualTo("nowhere");
      assertThat(chosen(zones(), "{}", new Group(Map.of("y1", 9, "x1", 9), null), ZONES))
          .isNotEqualTo("nowhere");
    }

    @Test
    void withoutALabelEachNodeStandsForItself() {
      Peers peers = new Group(Map.of("nowhere", 1, "y1", 1), null);
      assertThat(chosen(zones(), "{}", peers, new Strategy.Spread(null))).isEqualTo("x2");
    }

    @Test
    void aTaskSpreadsItselfUnderAnyStrategy() {
      Peers peers = new Group(Map.of("x1", 1), null);
      String spread = "{\"spread\":\"zone\"}";
      assertThat(chosen(zones(), spread, peers, new Strategy.BinPack())).isEqualTo("y1");
      assertThat(chosen(zones(), spread, peers, new Strategy.RoundRobin())).isEqualTo("y1");
    }
  }

  @Nested
  class Following {
    @Test
    void takesTheNodeOfTheLastAttemptWhileItHasASlot() {
      Peers peers = new Group(Map.of(), "x1");
      assertThat(chosen(zones(), "{}", peers, new Strategy.Affinity("zone"))).isEqualTo("x1");
    }

    @Test
    void thenOneWithTheSameValueOfTheLabelThenTheLeastLoaded() {
      List<Node> nodes = new ArrayList<>(zones());
      nodes.set(0, nodes.getFirst().closed(Candidate.Closed.CORDONED));
      Peers peers = new Group(Map.of(), "x1");
      assertThat(chosen(nodes, "{}", peers, new Strategy.Affinity("zone"))).isEqualTo("x2");
      assertThat(chosen(nodes, "{}", peers, new Strategy.Affinity(null))).isEqualTo("nowhere");
    }

    @Test
    void takesTheLeastLoadedWhenNothingIsKnown() {
      assertThat(chosen(zones(), "{}", Peers.NONE, new Strategy.Affinity("zone")))
          .isEqualTo("nowhere");
    }
  }

  @Nested
  class Preferring {
    @Test
    void theSumOfTheWeightsCountsBeforeTheLoad() {
      List<Node> nodes =
          List.of(
              Node.of("a", 9, 8).labelled("disk-type", "ssd"),
              Node.of("b", 9, 7).labelled("zone", "x").labelled("arch", "arm"),
              Node.of("c", 9, 0));
      String prefer =
          "{\"prefer\":{\"disk-type\":{\"is\":\"ssd\",\"weight\":%d},\"zone\":\"x\",\"arch\":{\"weight\":2}}}";
      assertThat(chosen(nodes, demand(prefer.formatted(4)), LOAD_BALANCED, 0)).isEqualTo("a");
      assertThat(chosen(nodes, demand(prefer.formatted(2)), LOAD_BALANCED, 0)).isEqualTo("b");
    }

    @Test
    void whatNobodyHasIsForgone() {
      assertThat(chosen(zones(), demand("{\"prefer\":{\"gpu\":true}}"), LOAD_BALANCED, 0))
          .isEqualTo("nowhere");
    }
  }

  @Nested
  class AmongMany {
    private static List<Node> many(int count, int free) {
      List<Node> nodes = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        nodes.add(Node.of("n" + i, 10, i < count - free ? 10 : 0));
      }
      return nodes;
    }

    @Test
    void theOnlyFreeNodeIsFoundWhereverTheSampleLooks() {
      List<Node> nodes = many(1_000, 1);
      for (long turn = 0; turn < 50; turn++) {
        assertThat(chosen(nodes, demand("{}"), LOAD_BALANCED, turn)).isEqualTo("n999");
      }
    }

    @Test
    void aSampleKeepsTheLoadAlmostEven() {
      int[] running = new int[1_000];
      List<Candidate> nodes = new ArrayList<>();
      for (int i = 0; i < running.length; i++) {
        nodes.add(counted(running, i));
      }
      for (int turn = 0; turn < 50_000; turn++) {
        Candidate node = Placement.choose(nodes, demand("{}"), Peers.NONE, LOAD_BALANCED, turn);
        assertThat(node).isNotNull();
        running[node == null ? 0 : Integer.parseInt(node.id())]++;
      }
      for (int each : running) {
        assertThat(each).as("fifty if it were exact").isBetween(45, 53);
      }
    }

    private static Candidate counted(int[] running, int i) {
      return new Candidate() {
        @Override
        public String id() {
          return Integer.toString(i);
        }

        @Override
        public int slots() {
          return 100;
        }

        @Override
        public int running() {
          return running[i];
        }

        @Override
        public boolean offers(String kind) {
          return true;
        }

        @Override
        public @Nullable String label(String name) {
          return null;
        }

        @Override
        public Candidate.@Nullable Closed closed() {
          return null;
        }
      };
    }

    @Test
    void nodesTakeTurnsUnderRoundRobinHoweverManyThereAre() {
      List<Node> nodes = many(1_000, 1_000);
      for (int turn = 0; turn < 1_000; turn++) {
        assertThat(chosen(nodes, demand("{}"), new Strategy.RoundRobin(), turn))
            .isEqualTo("n" + turn);
      }
    }

    @Test
    void theNodeOfTheLastAttemptIsFoundAmongMany() {
      List<Node> nodes = many(5_000, 5_000);
      assertThat(chosen(nodes, "{}", new Group(Map.of(), "n4321"), new Strategy.Affinity(null)))
          .isEqualTo("n4321");
    }

    @Test
    void theSameInputGivesTheSameNode() {
      List<Node> nodes = many(5_000, 3_000);
      for (long turn = 0; turn < 100; turn++) {
        assertThat(chosen(nodes, demand("{}"), LOAD_BALANCED, turn))
            .isEqualTo(chosen(nodes, demand("{}"), LOAD_BALANCED, turn));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          load_balanced | LoadBalanced[]
          round_robin   | RoundRobin[]
          bin_pack      | BinPack[]
          spread        | Spread[label=zone]
          affinity      | Affinity[label=zone]
          """)
  void eachStrategyHasItsName(String name, String strategy) {
    assertThat(Strategy.of(name, "zone").toString()).isEqualTo(strategy);
  }

  @Test
  void aNameThatIsNoStrategyIsRefusedWithTheNearest() {
    assertThatThrownBy(() -> Strategy.of("load_balance", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("did you mean load_balanced?");
  }

  @Nested
  class Ranks {
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
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '~',
        textBlock =
            """
            {"zone":"x"}                          | true
            {"zone":["w","x"]}                    | true
            {"zone":{"is":["w","x"]}}             | true
            {"zone":"w"}                          | false
            {"zone":{"exists":true}}              | true
            {"zone":{"exists":false}}             | false
            {"gpu":{"exists":true}}               | false
            {"gpu":{"exists":false}}              | true
            {"cores":{"atLeast":4}}               | true
            {"cores":{"atLeast":8,"atMost":8}}    | true
            {"cores":{"atLeast":8.5}}             | false
            {"cores":{"atMost":7}}                | false
            {"cores":{"exists":true,"atMost":7}}  | false
            {"zone":{"atLeast":1}}                | false
            {"gpu":{"atMost":1}}                  | false
            {"cpu":{"atLeast":4}}                 | false
            {"memory":{"atLeast":"8GiB"}}         | true
            {"memory":{"atLeast":"9GiB"}}         | false
            {"memory":{"atLeast":8589934592}}     | true
            {"memory":{"exists":true}}            | true
            {"disk":{"exists":true}}              | false
            {"disk":{"atMost":5}}                 | false
            {"ram":{"atLeast":"64GB"}}            | true
            {"zone":{"atleast":1}}                | false
            {"zone":null}                         | false
            {"zone":"x","gpu":true}               | false
            """)
    void conditions(String require, boolean met) {
      Node node =
          Node.of("a", 2, 0)
              .labelled("zone", "x")
              .labelled("cores", "8")
              .labelled("ram", "64GiB")
              .with(Candidate.Fact.MEMORY, 8L << 30);
      assertThat(chosen(List.of(node), demand("{\"require\":" + require + "}"), LOAD_BALANCED, 0))
          .isEqualTo(met ? "a" : "none");
    }

    @Test
    void aTaskIsPinnedByIdOrByName() {
      List<Node> nodes = List.of(Node.of("a", 2, 0), Node.of("b", 2, 1));
      assertThat(chosen(nodes, demand("{\"node\":\"b\"}"), LOAD_BALANCED, 0)).isEqualTo("b");
      assertThat(chosen(nodes, demand("{\"node\":\"name-of-b\"}"), LOAD_BALANCED, 0))
          .isEqualTo("b");
      assertThat(chosen(nodes, demand("{\"node\":\"c\"}"), LOAD_BALANCED, 0)).isEqualTo("none");
    }

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
    void saysWhichOfSeveralRequirementsNobodyMeets() {
      List<Node> nodes = List.of(Node.of("a", 2, 0), Node.of("b", 2, 0).labelled("zone", "x"));
      assertThat(refusal(nodes, demand("{\"require\":{\"zone\":\"x\",\"cpu\":{\"atLeast\":4}}}")))
          .isEqualTo("needs label cpu>=4: 0 of 2 nodes with kind run:shell have it");
    }

    @Test
    void saysThatNobodyHasAllThatIsRequired() {
      List<Node> nodes =
          List.of(
              Node.of("a", 2, 0).labelled("gpu", "true"), Node.of("b", 2, 0).labelled("zone", "x"));
      assertThat(refusal(nodes, demand("{\"require\":{\"zone\":\"x\",\"gpu\":true}}")))
          .isEqualTo(
              "needs label zone=x and gpu=true: 0 of 2 nodes with kind run:shell have all of it"
                  + " (1 have zone=x, 1 have gpu=true)");
    }

    @Test
    void saysThatThePinnedNodeIsNotThere() {
      List<Node> nodes = List.of(Node.of("a", 2, 0), Node.of("b", 2, 0));
      assertThat(refusal(nodes, demand("{\"node\":\"c\"}")))
          .isEqualTo("needs node c: it is none of 2 nodes with kind run:shell");
      assertThat(
              refusal(List.of(Node.of("a", 2, 0), Node.of("b", 2, 2)), demand("{\"node\":\"b\"}")))
          .isEqualTo("of 2 nodes: 1 is not b, 1 has no free slot");
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
              new Node("a", 1, 1, List.of(), Map.of(), Candidate.Closed.DRAINING, Map.of()),
              Node.of("b", 1, 1),
              Node.of("c", 1, 1).closed(Candidate.Closed.DRAINING));
      assertThat(refusal(nodes, demand("{}")))
          .isEqualTo("of 3 nodes: 1 lacks kind run:shell, 1 is draining, 1 has no free slot");
    }
  }
}
