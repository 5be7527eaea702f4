package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Peers;
import dev.capstan.node.config.ConfigFile;
import dev.capstan.node.config.ConfigRefused;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.config.SchedulingDefaults;
import dev.capstan.server.partition.NodeBoard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code scheduling.strategy} of a configuration file does to the choice among nodes: {@code
 * a} with four slots and {@code b} with two in zone x, {@code c} with two in zone y.
 */
class StrategyTest {
  @TempDir Path directory;
  private @Nullable NodesFixture nodes;

  @AfterEach
  void close() {
    if (nodes != null) {
      nodes.close();
    }
  }

  private NodesFixture under(String scheduling) throws IOException, ConfigRefused {
    Path file = directory.resolve("capstan.yaml");
    Files.writeString(
        file, "distributed_workflow_engine: { scheduling: { " + scheduling + " } }\n");
    SchedulingDefaults read = SchedulingDefaults.of(ConfigFile.read(file, List.of()));
    NodesFixture made =
        NodesFixture.with(NodeSettings.of(CoordinatorConfig.local(directory).withScheduling(read)));
    nodes = made;
    join(made, "a", 4, "x");
    join(made, "b", 2, "x");
    join(made, "c", 2, "y");
    return made;
  }

  private static void join(NodesFixture to, String id, int slots, String zone) {
    WorkerStub.connect(to.channel).join(WorkerStub.hello(id, slots).putLabels("zone", zone));
    soon().until(() -> to.status(id).equals("active"));
  }

  /** Takes slots of a node, whatever the strategy. */
  private static void load(NodesFixture on, String node, int slots) {
    Demand there = new Demand("run:shell", List.of(), List.of(), null, node);
    for (int i = 0; i < slots; i++) {
      assertThat(on.board.reserve(there, Peers.NONE)).isNotNull();
    }
  }

  /** The node that a task with these peers goes to; its slot is free again. */
  private static String choice(NodesFixture of, Peers peers) {
    NodeBoard.Place place = Objects.requireNonNull(of.board.reserve(NodesFixture.SHELL, peers));
    of.board.release(place);
    return place.node();
  }

  /** The same again and again, so that it is not a matter of whose turn it is. */
  private static void requireChoice(NodesFixture of, Peers peers, String node) {
    assertThat(IntStream.range(0, 6).mapToObj(_ -> choice(of, peers))).containsOnly(node);
  }

  /** How many of so many tasks each node gets. */
  private static Map<String, Integer> shares(NodesFixture of, int tasks) {
    Map<String, Integer> taken = new TreeMap<>();
    for (int i = 0; i < tasks; i++) {
      taken.merge(of.reserve().node(), 1, Integer::sum);
    }
    return taken;
  }

  private record Group(Map<String, Integer> running, @Nullable String lastNode) implements Peers {}

  @Test
  void withoutAStrategyTheSmallestShareOfSlotsCounts() throws Exception {
    assertThat(shares(under("max_tasks_per_node: 9"), 4)).isEqualTo(Map.of("a", 2, "b", 1, "c", 1));
  }

  @Test
  void loadBalancedTakesTheSmallestShareOfSlots() throws Exception {
    assertThat(shares(under("strategy: load_balanced"), 4))
        .isEqualTo(Map.of("a", 2, "b", 1, "c", 1));
  }

  @Test
  void roundRobinTakesOneAfterTheOther() throws Exception {
    NodesFixture cluster = under("strategy: round_robin");
    assertThat(shares(cluster, 3)).isEqualTo(Map.of("a", 1, "b", 1, "c", 1));
    assertThat(shares(cluster, 3)).isEqualTo(Map.of("a", 1, "b", 1, "c", 1));
  }

  @Test
  void binPackFillsTheFullestNodeThatHasRoom() throws Exception {
    NodesFixture cluster = under("strategy: bin_pack");
    load(cluster, "b", 1);
    requireChoice(cluster, Peers.NONE, "b");
    load(cluster, "b", 1);
    load(cluster, "a", 1);
    requireChoice(cluster, Peers.NONE, "a");
  }

  @Test
  void spreadTakesTheNodeWithTheFewestOfTheGroup() throws Exception {
    NodesFixture cluster = under("strategy: spread");
    load(cluster, "a", 3);
    requireChoice(cluster, new Group(Map.of("b", 1, "c", 1), null), "a");
  }

  @Test
  void spreadOverALabelTakesTheValueWithTheFewestOfTheGroup() throws Exception {
    NodesFixture cluster = under("strategy: spread, strategy_label: zone");
    load(cluster, "c", 1);
    requireChoice(cluster, new Group(Map.of("a", 1), null), "c");
  }

  @Test
  void affinityTakesTheNodeOfTheLastTask() throws Exception {
    NodesFixture cluster = under("strategy: affinity");
    load(cluster, "b", 1);
    requireChoice(cluster, new Group(Map.of(), "b"), "b");
  }

  @Test
  void affinityWithALabelThenTakesTheSameValue() throws Exception {
    NodesFixture cluster = under("strategy: affinity, strategy_label: zone");
    load(cluster, "b", 2);
    load(cluster, "a", 3);
    requireChoice(cluster, new Group(Map.of(), "b"), "a");
  }
}
