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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster of processes under load, to which one thing after the other is done: workers and
 * leaders are killed, and stopped for longer than they may be silent; all nodes are started anew,
 * one after the other; nodes come and are put out. {@code -Dfaults.workerKills}, {@code
 * leaderKills}, {@code workerPauses}, {@code leaderPauses}, {@code rollingRestarts} and {@code
 * memberships} say how often, {@code -Dfaults.long=true} very often; {@code -Dfaults.seed} repeats
 * order and moments.
 *
 * <p>Each fault is proven to have bitten: a worker had attempts that others then ran, and another
 * coordinator led after the leader's fault. A node that is started anew or put out is proven to
 * have ended.
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
  private int joined;

  private enum Fault {
    WORKER_KILL,
    LEADER_KILL,
    WORKER_PAUSE,
    LEADER_PAUSE,
    ROLLING_RESTART,
    MEMBERSHIP
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
    Collections.shuffle(plan, random);
    return plan;
  }

  @Test
  void nothingIsLostWhateverIsDoneToProcesses() throws IOException, InterruptedException {
    List<Fault> plan = plan();
    System.out.println("faults.seed=" + SEED + " " + plan);
    try (Fleet fleet = new Fleet(folder, COORDINATORS, WORKERS)) {
      Object _ =
          CapstanClient.await(fleet.view().client().deploy(Callers.DEFINITION, "steps.yaml"));
      try (Callers callers = new Callers(fleet.view(), CALLERS)) {
        for (Fault fault : plan) {
          callers.awaitMore();
          // The moment is the point of the test, so it comes from the seed and not from a
          // condition.
          boolean _ = new CountDownLatch(1).await(random.nextInt(1_000), TimeUnit.MILLISECONDS);
          long begun = System.nanoTime();
          carryOut(fault, fleet, callers);
          System.out.printf("%s took %d ms%n", fault, (System.nanoTime() - begun) / 1_000_000);
          assertThat(callers.violations()).isEmpty();
        }
        callers.awaitMore();
        callers.stop();
        assertThat(callers.violations()).isEmpty();
        check(fleet, callers);
        report.ended("processes", SEED, plan.size(), callers);
      }
    }
  }

  private void carryOut(Fault fault, Fleet fleet, Callers callers)
      throws IOException, InterruptedException {
    double _ = callers.longestGapMillis();
    switch (fault) {
      case WORKER_KILL -> {
        String victim = stopBusy(fault, fleet);
        fleet.kill(victim);
        fleet.view().awaitStatus(victim, "lost");
        fleet.restart(victim);
        fleet.view().awaitStatus(victim, "active");
      }
      case WORKER_PAUSE -> {
        String victim = stopBusy(fault, fleet);
        fleet.view().awaitStatus(victim, "lost");
        callers.awaitMore();
        fleet.go(victim);
        fleet.view().awaitStatus(victim, "active");
        awaitRefusal(fleet, victim, bites.getLast().moment());
      }
      case LEADER_KILL -> {
        String leader = fleet.view().certainLeader();
        fleet.kill(leader);
        assertThat(fleet.view().awaitLeaderOtherThan(leader)).isNotEqualTo(leader);
        callers.awaitMore();
        report.felt("leader killed: nothing acknowledged", callers.longestGapMillis());
        fleet.restart(leader);
        fleet.view().awaitComplete(COORDINATORS);
      }
      case LEADER_PAUSE -> {
        String leader = fleet.view().certainLeader();
        fleet.pause(leader);
        assertThat(fleet.view().awaitLeaderOtherThan(leader)).isNotEqualTo(leader);
        callers.awaitMore();
        report.felt("leader stopped: nothing acknowledged", callers.longestGapMillis());
        assertThat(callers.lookAtAllWhileIdle(() -> fleet.go(leader))).isPositive();
        fleet.view().awaitComplete(COORDINATORS);
      }
      case ROLLING_RESTART -> restartAll(fleet, callers);
      case MEMBERSHIP -> comeAndGo(fleet, callers);
    }
  }

  private void restartAll(Fleet fleet, Callers callers) throws IOException, InterruptedException {
    for (int i = 1; i <= COORDINATORS; i++) {
      fleet.stop("c" + i);
      callers.awaitMore();
      fleet.restart("c" + i);
      fleet.view().awaitComplete(COORDINATORS);
    }
    for (int i = 1; i <= WORKERS; i++) {
      fleet.stop("w" + i);
      callers.awaitMore();
      fleet.restart("w" + i);
      fleet.view().awaitStatus("w" + i, "active");
    }
    report.felt("all nodes anew one by one: nothing acknowledged", callers.longestGapMillis());
  }

  /** One more coordinator and one more worker, which are put out again while they have work. */
  private void comeAndGo(Fleet fleet, Callers callers) throws IOException, InterruptedException {
    String coordinator = "c" + (COORDINATORS + ++joined);
    String worker = "w" + (WORKERS + joined);
    fleet.add(coordinator);
    fleet.view().awaitComplete(COORDINATORS + 1);
    fleet.add(worker);
    Node _ = fleet.view().awaitNode(node -> node.id().equals(worker) && node.running() > 0);
    callers.awaitMore();
    CapstanClient client = fleet.view().client();
    Object _ = CapstanClient.await(client.removeNode(worker, true));
    Object _ = CapstanClient.await(client.removeCoordinator(coordinator));
    fleet.awaitEnd(worker);
    fleet.awaitEnd(coordinator);
    callers.awaitMore();
    fleet.view().awaitComplete(COORDINATORS);
    report.felt("nodes come and go: nothing acknowledged", callers.longestGapMillis());
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

  /** Stops a worker while it has attempts: what it had may have ended just before. */
  private String stopBusy(Fault fault, Fleet fleet) {
    while (true) {
      String victim = busy(fleet);
      fleet.pause(victim);
      // Not before: on a full machine it takes longer than a task, and what it had then has ended.
      Instant moment = Instant.now();
      if (fleet.view().awaitNode(node -> node.id().equals(victim)).running() > 0) {
        bites.add(new Bite(fault, victim, moment));
        return victim;
      }
      fleet.go(victim);
    }
  }

  /** A worker with several attempts, so that some of them are there when it is hit. */
  private String busy(Fleet fleet) {
    int first = random.nextInt(WORKERS);
    String preferred = "w" + (first + 1);
    Node found =
        fleet
            .view()
            .awaitNode(node ->
                node.id().equals(preferred)
                    && node.status().equals("active")
                    && node.running() > 1);
    return found.id();
  }

  private void check(Fleet fleet, Callers callers) {
    List<History> histories = History.readSound(fleet.view().client(), callers.ids());
    for (Bite bite : bites) {
      double last = History.lastRerunMillis(histories, bite.node(), bite.moment());
      report.felt(
          bite.fault() == Fault.WORKER_KILL
              ? "worker killed: last of its tasks elsewhere"
              : "worker stopped: last of its tasks elsewhere",
          last);
    }
    callers.requireLooks();
    fleet.view().requireSync(callers.ids().getLast());
  }
}
