package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.Node;
import dev.capstan.verify.lab.EnabledIfNetworkLab;
import dev.capstan.verify.lab.Fault;
import dev.capstan.verify.lab.Host;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster on hosts of its own under load, whose network is broken in one way after the other.
 * {@code -Dfaults.partitions} says how often, {@code -Dfaults.long=true} very often, {@code
 * -Dfaults.seed} repeats order and moments. Each fault is proven to have bitten: by the packets
 * that were dropped, and that of a worker which is not heard by attempts of it that others then
 * ran.
 */
@Tag("alone")
@EnabledIfNetworkLab
class PartitionsTest {
  private static final long SEED = Profile.SEED;
  private static final List<String> COORDINATORS = List.of("c1", "c2", "c3");
  private static final int WORKERS = 2;
  private static final int CALLERS = 8;
  private static final int LONG_RUN = 55;
  private static final Duration FAR = Duration.ofMillis(40);

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private final List<Bite> bites = new ArrayList<>();
  private final FaultReport report = FaultReport.ofRun();

  private enum Broken {
    /** The leader and everybody else. */
    LEADER_ALONE,
    /** The leader hears the others, and they do not hear it. */
    LEADER_UNHEARD,
    /** The others hear the leader, and it does not hear them. */
    LEADER_DEAF,
    /** The leader and one other; the third reaches both. */
    BRIDGE,
    /** Some packets between any two hosts are lost. */
    LOSS,
    /** What the leader sends and gets takes long, and some of it longer. */
    LEADER_FAR_AWAY,
    /** The leader's cable is pulled out. */
    LEADER_UNPLUGGED,
    /** A worker and everybody else. */
    WORKER_ALONE,
    /** A worker hears the coordinators, and they do not hear it. */
    WORKER_UNHEARD,
    /** The coordinators hear a worker, and it does not hear them. */
    WORKER_DEAF,
    /** A worker's cable is pulled out. */
    WORKER_UNPLUGGED
  }

  /** A worker was cut off. */
  private record Bite(Broken broken, String node, Instant moment) {}

  @Test
  void nothingIsLostWhateverIsDoneToTheNetwork() throws IOException, InterruptedException {
    List<Broken> kinds = new ArrayList<>(List.of(Broken.values()));
    Collections.shuffle(kinds, random);
    List<Broken> plan = new ArrayList<>();
    int times = Profile.times("partitions", kinds.size(), LONG_RUN);
    for (int i = 0; i < times; i++) {
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
          double _ = callers.longestGapMillis();
          long begun = System.nanoTime();
          carryOut(broken, fleet, callers);
          System.out.printf("%s took %d ms%n", broken, (System.nanoTime() - begun) / 1_000_000);
          report.felt(broken + ": nothing acknowledged", callers.longestGapMillis());
          assertThat(callers.violations()).isEmpty();
        }
        callers.stop();
        assertThat(callers.violations()).isEmpty();
        callers.requireLooks();
        List<History> histories = History.readSound(fleet.view().client(), callers.ids());
        for (Bite bite : bites) {
          report(bite, histories);
        }
        fleet.view().requireSync(callers.ids().getLast());
        report.ended("network", SEED, plan.size(), callers);
      }
    }
  }

  /**
   * What a worker that hears nothing was at is heard of when it ends, and so need not run again; of
   * all others something must have.
   */
  private void report(Bite bite, List<History> histories) {
    String kind = bite.broken() + ": last of its tasks elsewhere";
    if (bite.broken() == Broken.WORKER_DEAF) {
      History.lastRerunMillisIfAny(histories, bite.node(), bite.moment())
          .ifPresent(millis -> report.felt(kind, millis));
    } else {
      report.felt(kind, History.lastRerunMillis(histories, bite.node(), bite.moment()));
    }
  }

  private void carryOut(Broken broken, NetworkedFleet fleet, Callers callers) {
    String leader = fleet.view().certainLeader();
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
      case LOSS -> enduring(fleet, callers, lossy(fleet));
      case LEADER_FAR_AWAY ->
          enduring(
              fleet,
              callers,
              others.stream()
                  .map(other -> fleet.lab().delay(host, other, FAR, FAR, random.nextLong()))
                  .toList());
      case LEADER_UNPLUGGED ->
          replaced(leader, fleet, callers, List.of(fleet.lab().linkDown(host)));
      case WORKER_ALONE ->
          lost(broken, fleet, callers, worker -> List.of(fleet.lab().isolate(worker)));
      case WORKER_UNHEARD ->
          lost(
              broken,
              fleet,
              callers,
              worker ->
                  coordinators(fleet).map(other -> fleet.lab().cutOneWay(worker, other)).toList());
      case WORKER_DEAF ->
          lost(
              broken,
              fleet,
              callers,
              worker ->
                  coordinators(fleet).map(other -> fleet.lab().cutOneWay(other, worker)).toList());
      case WORKER_UNPLUGGED ->
          lost(broken, fleet, callers, worker -> List.of(fleet.lab().linkDown(worker)));
    }
  }

  private static Stream<Host> coordinators(NetworkedFleet fleet) {
    return COORDINATORS.stream().map(fleet::host);
  }

  /** From 5 to 20 of a hundred packets between all coordinators. */
  private List<Fault> lossy(NetworkedFleet fleet) {
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < COORDINATORS.size(); i++) {
      for (int j = 0; j < i; j++) {
        Host one = fleet.host(COORDINATORS.get(i));
        Host other = fleet.host(COORDINATORS.get(j));
        faults.add(fleet.lab().loss(one, other, random.nextInt(5, 21), random.nextLong()));
      }
    }
    return faults;
  }

  /** Whoever leads, the cluster goes on while the faults last. */
  private static void enduring(NetworkedFleet fleet, Callers callers, List<Fault> faults) {
    callers.awaitMore();
    callers.awaitMore();
    faults.forEach(Fault::requireBitten);
    faults.forEach(Fault::heal);
    fleet.view().awaitComplete(COORDINATORS.size());
  }

  /** A busy worker is lost while the faults last, and there again afterwards. */
  private void lost(
      Broken broken, NetworkedFleet fleet, Callers callers, Function<Host, List<Fault>> breaking) {
    Node busy =
        fleet.view().awaitNode(node -> node.status().equals("active") && node.running() > 1);
    List<Fault> faults = breaking.apply(fleet.host(busy.id()));
    // Not before: on a full machine it takes longer than a task, and what it had then has ended.
    bites.add(new Bite(broken, busy.id(), Instant.now()));
    fleet.view().awaitStatus(busy.id(), "lost");
    callers.awaitMore();
    faults.forEach(Fault::requireBitten);
    faults.forEach(Fault::heal);
    fleet.view().awaitStatus(busy.id(), "active");
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
