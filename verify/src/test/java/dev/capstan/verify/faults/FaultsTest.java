package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Node;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster of processes under load, to which one thing after the other is done: workers and
 * leaders are killed, and stopped for longer than they may be silent; all nodes are started anew,
 * one after the other; nodes come and are put out; a coordinator loses its disk, and a new one
 * takes its place. {@code -Dfaults.workerKills}, {@code leaderKills}, {@code workerPauses}, {@code
 * workerShortPauses}, {@code leaderPauses}, {@code rollingRestarts}, {@code memberships} and {@code
 * disksLost} say how often, {@code -Dfaults.long=true} very often; {@code -Dfaults.seed} repeats
 * order, moments and the number of partitions, {@code -Dfaults.statePartitions} says that number.
 *
 * <p>There are three coordinators, or as many as {@code -Dfaults.coordinators} says. What is done
 * to them is done to as many at once as they survive: to two of five.
 *
 * <p>The leader is that of a partition which the seed draws. Each fault is proven to have bitten: a
 * worker had attempts that others then ran, and other coordinators led all that the leader had led.
 * A node that is started anew or put out is proven to have ended.
 */
@Tag("alone")
class FaultsTest {
  private static final long SEED = Profile.SEED;
  private static final int COORDINATORS = Profile.coordinators();

  /** As many as can be gone while the others decide. */
  private static final int SURVIVED = (COORDINATORS - 1) / 2;

  private static final int WORKERS = 3;
  private static final int CALLERS = 8;
  private static final int AUDIT = 500;
  private static final Duration LEASE = Duration.ofSeconds(1);
  private static final Duration SHORT = Duration.ofMillis(500);

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private final List<Bite> bites = new ArrayList<>();
  private final FaultReport report = FaultReport.ofRun();
  private final int partitions = Profile.statePartitions();
  private final List<String> coordinators =
      new ArrayList<>(
          IntStream.rangeClosed(1, COORDINATORS).mapToObj(number -> "c" + number).toList());
  private int joined;

  private enum Fault {
    WORKER_KILL,
    LEADER_KILL,
    WORKER_PAUSE,
    /** Shorter than the lease. */
    WORKER_SHORT_PAUSE,
    LEADER_PAUSE,
    ROLLING_RESTART,
    MEMBERSHIP,
    DISK_LOST
  }

  /** A fault of a worker, and when it began. */
  private record Bite(Fault fault, String node, Instant moment) {}

  private List<Fault> plan() {
    List<Fault> plan = new ArrayList<>();
    plan.addAll(Collections.nCopies(Profile.times("workerKills", 1, 100), Fault.WORKER_KILL));
    plan.addAll(Collections.nCopies(Profile.times("leaderKills", 1, 100), Fault.LEADER_KILL));
    plan.addAll(Collections.nCopies(Profile.times("workerPauses", 1, 25), Fault.WORKER_PAUSE));
    plan.addAll(
        Collections.nCopies(Profile.times("workerShortPauses", 1, 5), Fault.WORKER_SHORT_PAUSE));
    plan.addAll(Collections.nCopies(Profile.times("leaderPauses", 1, 25), Fault.LEADER_PAUSE));
    plan.addAll(Collections.nCopies(Profile.times("rollingRestarts", 1, 5), Fault.ROLLING_RESTART));
    plan.addAll(Collections.nCopies(Profile.times("memberships", 1, 5), Fault.MEMBERSHIP));
    plan.addAll(Collections.nCopies(Profile.times("disksLost", 1, 5), Fault.DISK_LOST));
    Collections.shuffle(plan, random);
    return plan;
  }

  @Test
  void nothingIsLostWhateverIsDoneToProcesses() throws IOException, InterruptedException {
    List<Fault> plan = plan();
    System.out.println(
        "faults.seed=%d faults.statePartitions=%d faults.coordinators=%d %s"
            .formatted(SEED, partitions, COORDINATORS, plan));
    try (Fleet fleet = new Fleet(folder, COORDINATORS, WORKERS, partitions)) {
      fleet.view().awaitComplete(COORDINATORS);
      Object _ =
          CapstanClient.await(fleet.view().client().deploy(Callers.DEFINITION, "steps.yaml"));
      HeldTasks tasks = new HeldTasks(fleet.view(), folder);
      try (Callers callers = new Callers(fleet.view(), CALLERS)) {
        assertThat(callers.partitions()).isEqualTo(partitions);
        for (Fault fault : plan) {
          callers.awaitMore();
          // The moment is the point of the test, so it comes from the seed and not from a
          // condition.
          boolean _ = new CountDownLatch(1).await(random.nextInt(1_000), TimeUnit.MILLISECONDS);
          long begun = System.nanoTime();
          carryOut(fault, fleet, callers, tasks);
          System.out.printf("%s took %d ms%n", fault, (System.nanoTime() - begun) / 1_000_000);
          assertThat(callers.violations()).isEmpty();
        }
        callers.awaitMore();
        callers.stop();
        assertThat(callers.violations()).isEmpty();
        check(fleet, callers, tasks);
        report.ended("processes", SEED, plan.size(), callers);
      }
    }
  }

  private void carryOut(Fault fault, Fleet fleet, Callers callers, HeldTasks tasks)
      throws IOException, InterruptedException {
    double _ = callers.longestGapMillis();
    double _ = callers.slowestStartMillis();
    switch (fault) {
      case WORKER_KILL -> {
        // HandOverTest kills workers while leaderships move.
        fleet.view().awaitSettled();
        HeldTasks.Held held = tasks.begin();
        String victim = stopped(fault, held.node(), fleet);
        fleet.kill(victim);
        fleet.view().awaitStatus(victim, "lost");
        held.awaitElsewhere();
        held.release();
        fleet.restart(victim);
        fleet.view().awaitStatus(victim, "active");
        held.awaitEnd();
      }
      case WORKER_PAUSE -> {
        fleet.view().awaitSettled();
        HeldTasks.Held held = tasks.begin();
        String victim = stopped(fault, held.node(), fleet);
        fleet.view().awaitStatus(victim, "lost");
        held.awaitElsewhere();
        callers.awaitMore();
        fleet.go(victim);
        held.awaitStopped();
        held.release();
        fleet.view().awaitStatus(victim, "active");
        awaitRefusal(fleet, victim, bites.getLast().moment());
        held.awaitEnd();
      }
      case WORKER_SHORT_PAUSE -> keepsItsWork(fleet, callers, tasks);
      case LEADER_KILL -> {
        int partition = random.nextInt(partitions);
        HeldTasks.Held held = tasks.begin(partition, partitions);
        String[] victims = leaderAndOthers(fleet, partition);
        Instant moment = Instant.now();
        fleet.kill(victims);
        felt("leader killed", partition, moment, fleet, callers, victims);
        goesOnWhereItIs(held);
        for (String each : victims) {
          fleet.restart(each);
        }
        awaitAll(fleet, callers);
      }
      case LEADER_PAUSE -> {
        int partition = random.nextInt(partitions);
        HeldTasks.Held held = tasks.begin(partition, partitions);
        String[] victims = leaderAndOthers(fleet, partition);
        Instant moment = Instant.now();
        for (String each : victims) {
          fleet.pause(each);
        }
        felt("leader stopped", partition, moment, fleet, callers, victims);
        goesOnWhereItIs(held);
        assertThat(callers.lookAtAllWhileIdle(() -> Stream.of(victims).forEach(fleet::go)))
            .isPositive();
        awaitAll(fleet, callers);
      }
      case ROLLING_RESTART -> restartAll(fleet, callers);
      case MEMBERSHIP -> comeAndGo(fleet, callers);
      case DISK_LOST -> loseDisk(fleet, callers);
    }
  }

  /** What runs while the leader is lost runs on, and its worker tells the next one of its end. */
  private static void goesOnWhereItIs(HeldTasks.Held held) throws IOException {
    held.release();
    held.awaitEnd();
    held.requireNeverElsewhere();
  }

  /** A worker that comes back in time has what it had. */
  private static void keepsItsWork(Fleet fleet, Callers callers, HeldTasks tasks)
      throws IOException, InterruptedException {
    fleet.view().awaitSettled();
    boolean shortEnough = false;
    while (!shortEnough) {
      HeldTasks.Held held = tasks.begin();
      long begun = System.nanoTime();
      fleet.pause(held.node());
      boolean _ = new CountDownLatch(1).await(SHORT.toMillis(), TimeUnit.MILLISECONDS);
      fleet.go(held.node());
      // A machine that has no time for that makes it a long one.
      shortEnough = System.nanoTime() - begun < LEASE.toNanos() / 4 * 3;
      callers.awaitMore();
      fleet.view().awaitStatus(held.node(), "active");
      if (shortEnough) {
        held.requireNeverElsewhere();
      }
      held.release();
      held.awaitEnd();
    }
  }

  /** The leader of a partition first, and others by chance. */
  private String[] leaderAndOthers(Fleet fleet, int partition) {
    String leader = fleet.view().certainLeader(partition);
    return Stream.concat(Stream.of(leader), someCoordinators().filter(each -> !each.equals(leader)))
        .limit(SURVIVED)
        .toArray(String[]::new);
  }

  /** All of them, in an order of chance. */
  private Stream<String> someCoordinators() {
    List<String> mixed = new ArrayList<>(coordinators);
    Collections.shuffle(mixed, random);
    return mixed.stream();
  }

  /** Returns when others lead, and lead on. */
  private void felt(
      String fault,
      int partition,
      Instant moment,
      Fleet fleet,
      Callers callers,
      String... victims) {
    fleet.view().awaitLeadersOtherThan(victims);
    callers.awaitMore();
    List<String> others = new ArrayList<>(coordinators);
    others.removeAll(List.of(victims));
    double led = new Leaderships(folder).firstOf(others, partition, moment);
    System.out.printf("%s at %s: partition %d led after %.0f ms%n", fault, moment, partition, led);
    report.felt(fault + ": the next leader's first commit", led);
    felt(fault, callers);
  }

  private void felt(String fault, Callers callers) {
    double gap = callers.longestGapMillis();
    System.out.printf("%s: nothing acknowledged for %.0f ms%n", fault, gap);
    report.felt(fault + ": nothing acknowledged", gap);
    report.felt(fault + ": the slowest start", callers.slowestStartMillis());
  }

  /** All coordinators are there, and have the same in every partition. */
  private void awaitAll(Fleet fleet, Callers callers) {
    fleet.view().awaitComplete(COORDINATORS);
    fleet.view().requireSync(callers.latest(), coordinators);
  }

  private void restartAll(Fleet fleet, Callers callers) throws IOException, InterruptedException {
    for (String coordinator : coordinators) {
      fleet.stop(coordinator);
      callers.awaitMore();
      fleet.restart(coordinator);
      awaitAll(fleet, callers);
    }
    for (int i = 1; i <= WORKERS; i++) {
      fleet.stop("w" + i);
      callers.awaitMore();
      fleet.restart("w" + i);
      fleet.view().awaitStatus("w" + i, "active");
    }
    felt("all nodes anew one by one", callers);
  }

  /** Some more coordinators and one more worker, which are put out again while they have work. */
  private void comeAndGo(Fleet fleet, Callers callers) throws IOException, InterruptedException {
    List<String> more = new ArrayList<>();
    for (int i = 0; i < SURVIVED; i++) {
      more.add("c" + (COORDINATORS + ++joined));
      fleet.add(more.getLast());
    }
    List<String> all = new ArrayList<>(coordinators);
    all.addAll(more);
    fleet.view().awaitComplete(all.size());
    fleet.view().requireSync(callers.latest(), all);
    String worker = "w" + (WORKERS + joined);
    fleet.add(worker);
    Node _ = fleet.view().awaitNode(node -> node.id().equals(worker) && node.running() > 0);
    callers.awaitMore();
    CapstanClient client = fleet.view().client();
    Object _ = CapstanClient.await(client.removeNode(worker, true));
    putOut(fleet, more);
    fleet.awaitEnd(worker);
    more.forEach(fleet::awaitEnd);
    callers.awaitMore();
    awaitAll(fleet, callers);
    felt("nodes come and go", callers);
  }

  /** One after the other: the next is refused while the vote of the last is still taken away. */
  private static void putOut(Fleet fleet, List<String> leaving) {
    for (String each : leaving) {
      Awaitility.await()
          .atMost(ClusterView.PATIENCE)
          .ignoreExceptionsInstanceOf(CapstanException.Conflict.class)
          .untilAsserted(() -> {
            Object _ = CapstanClient.await(fleet.view().client().removeCoordinator(each));
          });
    }
  }

  /**
   * Coordinators die, and what they had on their disks is gone: first their logs alone, then their
   * keys as well. They are refused either way, so they are put out, and others with new names join
   * on their ports. Those have what was acknowledged before they were there.
   */
  private void loseDisk(Fleet fleet, Callers callers) throws IOException, InterruptedException {
    List<String> before = callers.latest();
    List<String> former = someCoordinators().limit(SURVIVED).toList();
    fleet.kill(former.toArray(String[]::new));
    for (String each : former) {
      fleet.loseDisk(each, false);
      assertThat(fleet.refusedStart(each)).contains("CAP-8201", "capstan cluster remove NAME");
      fleet.loseDisk(each, true);
      assertThat(fleet.refusedStart(each)).contains("belongs to no cluster", "--join TOKEN");
    }
    callers.awaitMore();
    putOut(fleet, former);
    for (String each : former) {
      String fresh = "c" + (COORDINATORS + ++joined);
      fleet.replace(each, fresh);
      coordinators.set(coordinators.indexOf(each), fresh);
    }
    fleet.view().awaitComplete(COORDINATORS);
    callers.awaitMore();
    fleet.view().requireSync(before, coordinators);
    felt("disk lost, one more joins", callers);
  }

  /** What it held when it was stopped is another's, so what it says of that is refused and told. */
  private static void awaitRefusal(Fleet fleet, String worker, Instant since) {
    fleet
        .view()
        .awaitAudit(
            AUDIT,
            entry ->
                entry.operation().equals("attempt.report")
                    && entry.principal().equals("node:" + worker)
                    && entry.result().equals("refused")
                    && entry.time().isAfter(since));
  }

  /** Stops a worker, and notes when. */
  private String stopped(Fault fault, String victim, Fleet fleet) {
    fleet.pause(victim);
    // Not before: on a full machine it takes longer than most tasks, and they have ended.
    bites.add(new Bite(fault, victim, Instant.now()));
    return victim;
  }

  private void check(Fleet fleet, Callers callers, HeldTasks tasks) {
    List<History> histories = History.readSound(fleet.view().client(), tasks.and(callers.ids()));
    for (Bite bite : bites) {
      double last = History.lastRerunMillis(histories, bite.node(), bite.moment());
      System.out.printf(
          "%s of %s at %s: its last task elsewhere after %.0f ms%n",
          bite.fault(), bite.node(), bite.moment(), last);
      report.felt(
          bite.fault() == Fault.WORKER_KILL
              ? "worker killed: last of its tasks elsewhere"
              : "worker stopped: last of its tasks elsewhere",
          last);
    }
    callers.requireLooks();
    fleet.view().requireSync(callers.latest(), coordinators);
  }
}
