package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster of processes under load, to which one thing after the other is done: workers and
 * leaders are killed, and stopped for longer than they may be silent; all nodes are started anew,
 * one after the other; nodes come and are put out; a coordinator loses its disk, and a new one
 * takes its place. {@code -Dfaults.workerKills}, {@code leaderKills}, {@code workerPauses}, {@code
 * leaderPauses}, {@code rollingRestarts}, {@code memberships} and {@code disksLost} say how often,
 * {@code -Dfaults.long=true} very often; {@code -Dfaults.seed} repeats order, moments and the
 * number of partitions, {@code -Dfaults.statePartitions} says that number.
 *
 * <p>The leader is that of a partition which the seed draws. Each fault is proven to have bitten: a
 * worker had attempts that others then ran, and other coordinators led all that the leader had led.
 * A node that is started anew or put out is proven to have ended.
 */
@Tag("alone")
class FaultsTest {
  private static final long SEED = Profile.SEED;
  private static final int COORDINATORS = 3;
  private static final int WORKERS = 3;
  private static final int CALLERS = 8;
  private static final int AUDIT = 500;

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
        "faults.seed=" + SEED + " faults.statePartitions=" + partitions + " " + plan);
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
        HeldTasks.Held held = tasks.begin();
        String victim = stopped(fault, held.node(), fleet);
        fleet.view().awaitStatus(victim, "lost");
        held.awaitElsewhere();
        callers.awaitMore();
        held.release();
        fleet.go(victim);
        fleet.view().awaitStatus(victim, "active");
        awaitRefusal(fleet, victim, bites.getLast().moment());
        held.awaitEnd();
      }
      case LEADER_KILL -> {
        String leader = fleet.view().certainLeader(random.nextInt(partitions));
        fleet.kill(leader);
        fleet.view().awaitLeadersOtherThan(leader);
        callers.awaitMore();
        felt("leader killed", callers);
        fleet.restart(leader);
        awaitAll(fleet, callers);
      }
      case LEADER_PAUSE -> {
        String leader = fleet.view().certainLeader(random.nextInt(partitions));
        fleet.pause(leader);
        fleet.view().awaitLeadersOtherThan(leader);
        callers.awaitMore();
        felt("leader stopped", callers);
        assertThat(callers.lookAtAllWhileIdle(() -> fleet.go(leader))).isPositive();
        awaitAll(fleet, callers);
      }
      case ROLLING_RESTART -> restartAll(fleet, callers);
      case MEMBERSHIP -> comeAndGo(fleet, callers);
      case DISK_LOST -> loseDisk(fleet, callers);
    }
  }

  private void felt(String fault, Callers callers) {
    report.felt(fault + ": nothing acknowledged", callers.longestGapMillis());
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

  /** One more coordinator and one more worker, which are put out again while they have work. */
  private void comeAndGo(Fleet fleet, Callers callers) throws IOException, InterruptedException {
    String coordinator = "c" + (COORDINATORS + ++joined);
    String worker = "w" + (WORKERS + joined);
    fleet.add(coordinator);
    fleet.view().awaitComplete(COORDINATORS + 1);
    List<String> more = new ArrayList<>(coordinators);
    more.add(coordinator);
    fleet.view().requireSync(callers.latest(), more);
    fleet.add(worker);
    Node _ = fleet.view().awaitNode(node -> node.id().equals(worker) && node.running() > 0);
    callers.awaitMore();
    CapstanClient client = fleet.view().client();
    Object _ = CapstanClient.await(client.removeNode(worker, true));
    Object _ = CapstanClient.await(client.removeCoordinator(coordinator));
    fleet.awaitEnd(worker);
    fleet.awaitEnd(coordinator);
    callers.awaitMore();
    awaitAll(fleet, callers);
    felt("nodes come and go", callers);
  }

  /**
   * A coordinator dies, and what it had on its disk is gone: first its log alone, then its keys as
   * well. It is refused either way, so it is put out, and one with another name joins on its ports.
   * That one has what was acknowledged before it was there.
   */
  private void loseDisk(Fleet fleet, Callers callers) throws IOException, InterruptedException {
    int place = random.nextInt(coordinators.size());
    String former = coordinators.get(place);
    String fresh = "c" + (COORDINATORS + ++joined);
    List<String> before = callers.latest();
    fleet.kill(former);
    fleet.loseDisk(former, false);
    assertThat(fleet.refusedStart(former)).contains("CAP-8201", "capstan cluster remove NAME");
    fleet.loseDisk(former, true);
    assertThat(fleet.refusedStart(former)).contains("belongs to no cluster", "--join TOKEN");
    callers.awaitMore();
    Object _ = CapstanClient.await(fleet.view().client().removeCoordinator(former));
    fleet.replace(former, fresh);
    coordinators.set(place, fresh);
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
