package dev.capstan.core.placement;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a plan costs among many nodes: microseconds, the median of a few rounds. Run it by hand; it
 * asserts nothing.
 */
final class PlacementBenchmark {
  private static final int ROUNDS = 9;
  private static final int PLANS = 2_000;
  private static final List<String> DEMANDS =
      List.of(
          "{}",
          "{\"require\":{\"zone\":\"zone-3\"}}",
          "{\"require\":{\"gpu\":true}}",
          "{\"require\":{\"memory\":{\"atLeast\":\"8GiB\"},\"generation\":{\"atLeast\":3}}}",
          "{\"prefer\":{\"zone\":{\"is\":\"zone-3\",\"weight\":5}},\"spread\":\"zone\"}");

  private PlacementBenchmark() {}

  /** A node much like the real one: a set of kinds, a sorted map of labels. */
  private static final class Node implements Candidate {
    private final String id;
    private final Set<String> kinds = Set.of("call:http", "run:shell", "run:script:js");
    private final Map<String, String> labels = new TreeMap<>();
    int running;

    Node(int number, Random random) {
      id = "node-" + number;
      labels.put("zone", "zone-" + number % 9);
      labels.put("arch", number % 2 == 0 ? "arm64" : "x64");
      labels.put("generation", Integer.toString(number % 6));
      if (number % 200 == 0) {
        labels.put("gpu", "true");
      }
      running = random.nextInt(45);
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public int slots() {
      return 50;
    }

    @Override
    public int running() {
      return running;
    }

    @Override
    public boolean offers(String kind) {
      return kinds.contains(kind);
    }

    @Override
    public @Nullable String label(String name) {
      return labels.get(name);
    }

    @Override
    public long amount(Fact fact) {
      return fact == Fact.MEMORY ? 16L << 30 : 4;
    }

    @Override
    public @Nullable Closed closed() {
      return null;
    }
  }

  private record Group(Map<String, Integer> running, String lastNode) implements Peers {}

  public static void main(String[] args) throws JsonProcessingException {
    for (int count : new int[] {10, 100, 1_000, 5_000}) {
      Random random = new Random(count);
      List<Node> nodes = new ArrayList<>();
      Map<String, Integer> peers = new HashMap<>();
      for (int i = 0; i < count; i++) {
        nodes.add(new Node(i, random));
        if (i % 3 == 0) {
          peers.put("node-" + i, 2);
        }
      }
      for (String name : Strategy.NAMES) {
        for (String metadata : DEMANDS) {
          Demand demand = Demand.of("run:shell", new JsonMapper().readTree(metadata));
          Strategy strategy = Strategy.of(name, "zone");
          double micros = micros(nodes, demand, new Group(peers, "node-1"), strategy);
          System.out.printf("%5d nodes %-14s %8.2f us  %s%n", count, name, micros, metadata);
        }
      }
      nodes.forEach(node -> node.running = 50);
      Demand any = Demand.of("run:shell", new JsonMapper().readTree("{}"));
      double micros = micros(nodes, any, Peers.NONE, new Strategy.LoadBalanced());
      System.out.printf("%5d nodes, all full     %8.2f us%n", count, micros);
    }
  }

  private static double micros(List<Node> nodes, Demand demand, Peers peers, Strategy strategy) {
    List<Double> rounds = new ArrayList<>();
    long sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      for (int turn = 0; turn < PLANS; turn++) {
        Node node = Placement.choose(nodes, demand, peers, strategy, turn);
        sum += node == null ? 0 : node.running;
      }
      rounds.add((System.nanoTime() - start) / 1e3 / PLANS);
    }
    if (sum == Long.MIN_VALUE) {
      throw new IllegalStateException("never; keeps the work from being left out");
    }
    rounds.sort(null);
    return rounds.get(ROUNDS / 2);
  }
}
