package dev.capstan.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for every snapshot, demand and strategy. The requirements are checked by a reading of
 * the metadata that is simpler than the real one.
 */
class PlacementRandomTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> ZONES = List.of("a", "b", "c");
  private static final List<String> KINDS = List.of("run:shell", "call:http");
  private static final List<Candidate.Closed> CLOSED = List.of(Candidate.Closed.values());
  private static final int TASKS = 400;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 60);
  }

  private static final class Machine implements Candidate {
    private final String id;
    private final int slots;
    private final List<String> kinds;
    private final Map<String, String> labels;
    private final long cpu;
    private final @Nullable Closed closed;
    private int running;

    Machine(Random random, int number) {
      id = "n" + number;
      slots = 1 + random.nextInt(4);
      running = random.nextInt(slots + 1);
      kinds = random.nextInt(4) == 0 ? List.of(KINDS.getFirst()) : KINDS;
      labels = new TreeMap<>();
      if (random.nextBoolean()) {
        labels.put("zone", ZONES.get(random.nextInt(ZONES.size())));
      }
      if (random.nextInt(3) == 0) {
        labels.put("gpu", "true");
      }
      cpu = random.nextLong(1, 17);
      closed = random.nextInt(6) == 0 ? CLOSED.get(random.nextInt(CLOSED.size())) : null;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public int slots() {
      return slots;
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
      return fact == Fact.CPU ? cpu : 0;
    }

    @Override
    public @Nullable Closed closed() {
      return closed;
    }
  }

  private static ObjectNode metadata(Random random, List<Machine> machines) {
    ObjectNode metadata = JSON.createObjectNode();
    ObjectNode require = metadata.putObject("require");
    if (random.nextInt(3) == 0) {
      require.putArray("zone").add(ZONES.get(random.nextInt(3))).add(ZONES.get(random.nextInt(3)));
    }
    if (random.nextInt(4) == 0) {
      require.put("gpu", true);
    }
    if (random.nextInt(4) == 0) {
      require.putObject("cpu").put("atLeast", 1 + random.nextInt(12));
    }
    if (random.nextInt(8) == 0) {
      metadata.put("node", machines.get(random.nextInt(machines.size())).id());
    }
    if (random.nextInt(3) == 0) {
      metadata.putObject("prefer").put("zone", ZONES.get(random.nextInt(3)));
    }
    if (random.nextInt(3) == 0) {
      metadata.put("spread", "zone");
    }
    return metadata;
  }

  /** Whether a machine may have the task at all, read from the metadata by hand. */
  private static boolean meets(Machine machine, JsonNode metadata) {
    JsonNode zones = metadata.at("/require/zone");
    boolean zone = zones.isMissingNode();
    for (JsonNode each : zones) {
      zone |= each.asText().equals(machine.label("zone"));
    }
    return zone
        && (metadata.at("/require/gpu").isMissingNode() || machine.label("gpu") != null)
        && machine.cpu >= metadata.at("/require/cpu/atLeast").asLong(0)
        && (!metadata.has("node") || metadata.path("node").asText().equals(machine.id));
  }

  private static boolean couldTake(Machine machine, String kind, JsonNode metadata) {
    return machine.closed == null
        && machine.running < machine.slots
        && machine.kinds.contains(kind)
        && meets(machine, metadata);
  }

  private record Group(Map<String, Integer> running, @Nullable String lastNode) implements Peers {}

  private static List<Strategy> strategies() {
    return List.of(
        new Strategy.LoadBalanced(),
        new Strategy.RoundRobin(),
        new Strategy.BinPack(),
        new Strategy.Spread(null),
        new Strategy.Spread("zone"),
        new Strategy.Affinity(null),
        new Strategy.Affinity("zone"));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void a_task_goes_to_a_node_that_may_have_it_and_has_a_slot_whenever_there_is_one(long seed) {
    Random random = new Random(seed);
    List<Machine> machines = new ArrayList<>();
    int count = random.nextInt(4) == 0 ? 200 + random.nextInt(500) : 1 + random.nextInt(40);
    for (int i = 0; i < count; i++) {
      machines.add(new Machine(random, i));
    }
    Strategy strategy = strategies().get(random.nextInt(strategies().size()));
    Map<String, Integer> running = new HashMap<>();
    String last = null;
    for (int turn = 0; turn < TASKS; turn++) {
      ObjectNode metadata = metadata(random, machines);
      String kind = KINDS.get(random.nextInt(KINDS.size()));
      Demand demand = Demand.of(kind, metadata);
      Machine chosen = Placement.choose(machines, demand, new Group(running, last), strategy, turn);
      String what = "seed " + seed + ", turn " + turn + ", " + strategy + ", " + metadata;
      if (chosen == null) {
        assertThat(machines).as(what).noneMatch(each -> couldTake(each, kind, metadata));
        assertThat(Placement.plan(machines, demand, strategy, turn))
            .as(what)
            .isInstanceOf(Placement.Refused.class);
      } else {
        assertThat(couldTake(chosen, kind, metadata)).as("%s: %s", what, chosen.id).isTrue();
        chosen.running++;
        running.merge(chosen.id, 1, Integer::sum);
        last = chosen.id;
      }
      end(random, machines, running);
    }
    assertThat(machines).allMatch(each -> each.running <= each.slots);
  }

  /** Now and then an attempt ends. */
  private static void end(Random random, List<Machine> machines, Map<String, Integer> running) {
    Machine any = machines.get(random.nextInt(machines.size()));
    if (any.running > 0 && random.nextInt(3) == 0) {
      any.running--;
      running.computeIfPresent(any.id, (_, count) -> count == 1 ? null : count - 1);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void each_node_is_counted_under_one_cause_and_the_sentence_has_the_numbers(long seed) {
    Random random = new Random(seed);
    List<Machine> machines = new ArrayList<>();
    for (int i = 0; i < 1 + random.nextInt(30); i++) {
      machines.add(new Machine(random, i));
    }
    ObjectNode metadata = metadata(random, machines);
    Explanation why = Placement.explain(machines, Demand.of("run:shell", metadata));
    long could = machines.stream().filter(each -> couldTake(each, "run:shell", metadata)).count();
    int closed = why.closed().values().stream().mapToInt(Integer::intValue).sum();
    assertThat(
            why.withoutKind()
                + why.otherNodes()
                + why.withoutLabels()
                + closed
                + why.full()
                + could)
        .as("seed %d: %s", seed, metadata)
        .isEqualTo(machines.size());
    assertThat(Objects.requireNonNull(why.sentence())).isNotBlank();
  }
}
