package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanClient;
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
 * -Dfaults.seed} repeats order, moments and the number of partitions, {@code
 * -Dfaults.statePartitions} says that number. The leader is that of a partition which the seed
 * draws. Each fault is proven to have bitten: by the packets that were dropped, that of a leader by
 * others that then led, and that of a worker by attempts of it that others then ran.
 */
@Tag("alone")
@EnabledIfNetworkLab
class PartitionsTest {
  private static final long SEED = Profile.SEED;
  private static final List<String> COORDINATORS = List.of("c1", "c2", "c3");
  private static final int WORKERS = 2;
  private static final int CALLERS = 8;
  private static final int LONG_RUN = 66;
  private static final Duration FAR = Duration.ofMillis(40);

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private final List<Bite> bites = new ArrayList<>();
  private final FaultReport report = FaultReport.ofRun();
  private final int partitions = Profile.statePartitions();

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

  /** Who leads a partition, and the other coordinators. */
  private record Led(int partition, Host leader, List<Host> others) {}

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
    System.out.println(
        "faults.seed=" + SEED + " faults.statePartitions=" + partitions + " " + plan);
    try (NetworkedFleet fleet =
        NetworkedFleet.start(folder, COORDINATORS.size(), WORKERS, partitions)) {
      Object _ =
          CapstanClient.await(fleet.view().client().deploy(Callers.DEFINITION, "steps.yaml"));
      HeldTasks tasks = new HeldTasks(fleet.view(), folder);
      try (Callers callers = new Callers(fleet.view(), CALLERS)) {
        assertThat(callers.partitions()).isEqualTo(partitions);
        for (Broken broken : plan) {
          callers.awaitMore();
          // The moment is the point of the test, so it comes from the seed and not from a
          // condition.
          boolean _ = new CountDownLatch(1).await(random.nextInt(1_000), TimeUnit.MILLISECONDS);
          double _ = callers.longestGapMillis();
          double _ = callers.slowestStartMillis();
          long begun = System.nanoTime();
          carryOut(broken, fleet, callers, tasks);
          System.out.printf("%s took %d ms%n", broken, (System.nanoTime() - begun) / 1_000_000);
          double gap = callers.longestGapMillis();
          System.out.printf("%s: nothing acknowledged for %.0f ms%n", broken, gap);
          report.felt(broken + ": nothing acknowledged", gap);
          report.felt(broken + ": the slowest start", callers.slowestStartMillis());
          assertThat(callers.violations()).isEmpty();
        }
        callers.stop();
        assertThat(callers.violations()).isEmpty();
        callers.requireLooks();
        List<History> histories =
            History.readSound(fleet.view().client(), tasks.and(callers.ids()));
        for (Bite bite : bites) {
          report.felt(
              bite.broken() + ": last of its tasks elsewhere",
              History.lastRerunMillis(histories, bite.node(), bite.moment()));
        }
        fleet.view().requireSync(callers.latest(), COORDINATORS);
        report.ended("network", SEED, plan.size(), callers);
      }
    }
  }

  private void carryOut(Broken broken, NetworkedFleet fleet, Callers callers, HeldTasks tasks)
      throws IOException {
    switch (broken) {
      case LEADER_ALONE ->
          replaced(broken, fleet, callers, led -> List.of(fleet.lab().isolate(led.leader())));
      case LEADER_UNHEARD ->
          replaced(
              broken,
              fleet,
              callers,
              led ->
                  led.others().stream()
                      .map(other -> fleet.lab().cutOneWay(led.leader(), other))
                      .toList());
      case LEADER_DEAF ->
          replaced(
              broken,
              fleet,
              callers,
              led ->
                  led.others().stream()
                      .map(other -> fleet.lab().cutOneWay(other, led.leader()))
                      .toList());
      case LEADER_UNPLUGGED ->
          replaced(broken, fleet, callers, led -> List.of(fleet.lab().linkDown(led.leader())));
      case BRIDGE -> {
        Led led = led(fleet);
        Host far = led.others().get(random.nextInt(led.others().size()));
        try (Fault bridge = fleet.lab().cut(List.of(led.leader()), List.of(far))) {
          callers.awaitMore();
          callers.awaitMore();
          bridge.requireBitten();
        }
        awaitAll(fleet, callers);
      }
      case LEADER_FAR_AWAY -> {
        Led led = led(fleet);
        enduring(
            fleet,
            callers,
            led.others().stream()
                .map(other -> fleet.lab().delay(led.leader(), other, FAR, FAR, random.nextLong()))
                .toList());
      }
      case LOSS -> enduring(fleet, callers, lossy(fleet));
      case WORKER_ALONE ->
          lost(broken, fleet, callers, tasks, worker -> List.of(fleet.lab().isolate(worker)));
      case WORKER_UNHEARD ->
          lost(
              broken,
              fleet,
              callers,
              tasks,
              worker ->
                  coordinators(fleet).map(other -> fleet.lab().cutOneWay(worker, other)).toList());
      case WORKER_DEAF ->
          lost(
              broken,
              fleet,
              callers,
              tasks,
              worker ->
                  coordinators(fleet).map(other -> fleet.lab().cutOneWay(other, worker)).toList());
      case WORKER_UNPLUGGED ->
          lost(broken, fleet, callers, tasks, worker -> List.of(fleet.lab().linkDown(worker)));
    }
  }

  /** Who leads a partition which the seed draws, until something is done to it. */
  private Led led(NetworkedFleet fleet) {
    int partition = random.nextInt(partitions);
    String leader = fleet.view().certainLeader(partition);
    return new Led(
        partition,
        fleet.host(leader),
        COORDINATORS.stream().filter(name -> !name.equals(leader)).map(fleet::host).toList());
  }

  /** All coordinators are there, and have the same in every partition. */
  private static void awaitAll(NetworkedFleet fleet, Callers callers) {
    fleet.view().awaitComplete(COORDINATORS.size());
    fleet.view().requireSync(callers.latest(), COORDINATORS);
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
    awaitAll(fleet, callers);
  }

  /** A worker with a task is lost while the faults last, and there again afterwards. */
  private void lost(
      Broken broken,
      NetworkedFleet fleet,
      Callers callers,
      HeldTasks tasks,
      Function<Host, List<Fault>> breaking)
      throws IOException {
    HeldTasks.Held held = tasks.begin();
    String worker = held.node();
    List<Fault> faults = breaking.apply(fleet.host(worker));
    // Not before: on a full machine it takes longer than most tasks, and they have ended.
    bites.add(new Bite(broken, worker, Instant.now()));
    fleet.view().awaitStatus(worker, "lost");
    held.awaitElsewhere();
    callers.awaitMore();
    // By itself: nobody can tell it to.
    held.awaitStopped();
    faults.forEach(Fault::requireBitten);
    faults.forEach(Fault::heal);
    held.release();
    fleet.view().awaitStatus(worker, "active");
    held.awaitEnd();
  }

  /** Others lead while the faults last, and all are there again afterwards. */
  private void replaced(
      Broken broken, NetworkedFleet fleet, Callers callers, Function<Led, List<Fault>> breaking) {
    Led led = led(fleet);
    Instant moment = Instant.now();
    List<Fault> faults = breaking.apply(led);
    fleet.view().awaitLeadersOtherThan(led.leader().name());
    callers.awaitMore();
    double first =
        new Leaderships(folder)
            .firstOf(led.others().stream().map(Host::name).toList(), led.partition(), moment);
    System.out.printf(
        "%s at %s: partition %d led after %.0f ms%n", broken, moment, led.partition(), first);
    report.felt(broken + ": the next leader's first commit", first);
    faults.forEach(Fault::requireBitten);
    faults.forEach(Fault::heal);
    awaitAll(fleet, callers);
    callers.awaitMore();
  }
}
