package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.Node;
import dev.capstan.verify.lab.EnabledIfNetworkLab;
import dev.capstan.verify.lab.Fault;
import dev.capstan.verify.lab.Host;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster on hosts of its own under load, whose network is broken in one way after the other.
 * {@code -Dfaults.partitions} says how often, {@code -Dfaults.seed} repeats order and moments. Each
 * fault is proven to have bitten: by the packets that were dropped, and a worker's by attempts of
 * it that others then ran.
 */
@EnabledIfNetworkLab
class PartitionsTest {
  private static final long SEED = Long.getLong("faults.seed", System.nanoTime());
  private static final int TIMES = Integer.getInteger("faults.partitions", 3);
  private static final List<String> COORDINATORS = List.of("c1", "c2", "c3");
  private static final int WORKERS = 2;
  private static final int CALLERS = 8;

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private final List<Bite> bites = new ArrayList<>();

  private enum Broken {
    /** The leader and everybody else. */
    LEADER_ALONE,
    /** The leader hears the others, and they do not hear it. */
    LEADER_UNHEARD,
    /** The others hear the leader, and it does not hear them. */
    LEADER_DEAF,
    /** The leader and one other; the third reaches both. */
    BRIDGE,
    /** A worker and everybody else. */
    WORKER_ALONE
  }

  /** A worker was cut off. */
  private record Bite(String node, Instant moment) {}

  @Test
  void nothingIsLostWhateverIsDoneToTheNetwork() throws IOException, InterruptedException {
    List<Broken> kinds = new ArrayList<>(List.of(Broken.values()));
    Collections.shuffle(kinds, random);
    List<Broken> plan = new ArrayList<>();
    for (int i = 0; i < TIMES; i++) {
      plan.add(kinds.get(i % kinds.size()));
    }
    System.out.println("faults.seed=" + SEED + " " + plan);
    try (NetworkedFleet fleet = NetworkedFleet.start(folder, COORDINATORS.size(), WORKERS)) {
      Object _ =
          CapstanClient.await(fleet.view().client().deploy(Callers.DEFINITION, "steps.yaml"));
      try (Callers callers = new Callers(fleet.view(), CALLERS)) {
        for (Broken broken : plan) {
          callers.awaitMore();
          // The moment is the point of the test, so it comes from the seed and not from a
          // condition.
          boolean _ = new CountDownLatch(1).await(random.nextInt(1_000), TimeUnit.MILLISECONDS);
          carryOut(broken, fleet, callers);
          assertThat(callers.violations()).isEmpty();
        }
        callers.stop();
        assertThat(callers.violations()).isEmpty();
        List<History> histories = History.readSound(fleet.view().client(), callers.ids());
        for (Bite bite : bites) {
          double _ = History.lastRerunMillis(histories, bite.node(), bite.moment());
        }
        fleet.view().requireSync(callers.ids().getLast());
        System.out.printf(
            "%d partitions, %d starts acknowledged, %d looked up elsewhere, none lost%n",
            plan.size(), callers.acknowledged(), callers.looks());
      }
    }
  }

  private void carryOut(Broken broken, NetworkedFleet fleet, Callers callers) {
    String leader = fleet.view().leader();
    Host host = fleet.host(leader);
    List<Host> others =
        COORDINATORS.stream().filter(name -> !name.equals(leader)).map(fleet::host).toList();
    switch (broken) {
      case LEADER_ALONE -> replaced(leader, fleet, callers, List.of(fleet.lab().isolate(host)));
      case LEADER_UNHEARD ->
          replaced(
              leader,
              fleet,
              callers,
              others.stream().map(other -> fleet.lab().cutOneWay(host, other)).toList());
      case LEADER_DEAF ->
          replaced(
              leader,
              fleet,
              callers,
              others.stream().map(other -> fleet.lab().cutOneWay(other, host)).toList());
      case BRIDGE -> {
        Host far = others.get(random.nextInt(others.size()));
        try (Fault bridge = fleet.lab().cut(List.of(host), List.of(far))) {
          callers.awaitMore();
          callers.awaitMore();
          bridge.requireBitten();
        }
        fleet.view().awaitComplete(COORDINATORS.size());
      }
      case WORKER_ALONE -> {
        Node busy =
            fleet.view().awaitNode(node -> node.status().equals("active") && node.running() > 1);
        bites.add(new Bite(busy.id(), Instant.now()));
        try (Fault cut = fleet.lab().isolate(fleet.host(busy.id()))) {
          fleet.view().awaitStatus(busy.id(), "lost");
          callers.awaitMore();
          cut.requireBitten();
        }
        fleet.view().awaitStatus(busy.id(), "active");
      }
    }
  }

  /** Another one leads while the faults last, and all are there again afterwards. */
  private static void replaced(
      String leader, NetworkedFleet fleet, Callers callers, List<Fault> faults) {
    fleet.view().awaitLeaderOtherThan(leader);
    callers.awaitMore();
    faults.forEach(Fault::requireBitten);
    faults.forEach(Fault::heal);
    fleet.view().awaitComplete(COORDINATORS.size());
    callers.awaitMore();
  }
}
