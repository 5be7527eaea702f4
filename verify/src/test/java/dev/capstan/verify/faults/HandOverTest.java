package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A worker dies, or stands still, while a partition gets another leader: because the former one
 * hands it over, or dies as well. The new leader has not heard that worker yet, or only just. What
 * it ran goes elsewhere all the same, and how soon is told. {@code -Dfaults.handOvers} says how
 * often each.
 */
class HandOverTest {
  private static final int PARTITIONS = 3;

  /** Not the first one, which is never handed over to spread the leaderships. */
  private static final int PARTITION = 1;

  /**
   * A worker is hit at some time from then on, in milliseconds after the change was brought about.
   */
  private static final int FROM = -100;

  /** A leader that hands over has done so by then, and so has an election after one that died. */
  private static final int TO = 600;

  /** The lease and an election are over long before, on any machine that can run this at all. */
  private static final Duration BOUND = Duration.ofSeconds(30);

  @TempDir Path folder;

  private final Random random = new Random(Profile.SEED);
  private final FaultReport report = FaultReport.ofRun();

  private enum Worker {
    KILLED,
    STOPPED
  }

  private enum Leader {
    HANDS_OVER,
    KILLED
  }

  @Test
  void aWorkerThatDiesWhileTheLeaderChangesIsLostAsSoonAsAnyOther()
      throws IOException, InterruptedException {
    System.out.println("faults.seed=" + Profile.SEED);
    try (Fleet fleet = new Fleet(folder, 3, 3, PARTITIONS)) {
      fleet.view().awaitComplete(3);
      HeldTasks tasks = new HeldTasks(fleet.view(), folder);
      int rounds = Profile.times("handOvers", 1, 20);
      for (int round = 0; round < rounds; round++) {
        for (Leader leader : Leader.values()) {
          for (Worker worker : Worker.values()) {
            carryOut(fleet, tasks, leader, worker);
          }
        }
      }
      List<History> _ = History.readSound(fleet.view().client(), tasks.and(List.of()));
      System.out.println(report.text());
    }
  }

  private void carryOut(Fleet fleet, HeldTasks tasks, Leader leader, Worker worker)
      throws IOException, InterruptedException {
    ClusterView view = fleet.view();
    String former = view.certainLeader(PARTITION);
    HeldTasks.Held held = tasks.begin(PARTITION, PARTITIONS);
    String victim = held.node();
    int after = random.nextInt(FROM, TO);
    CompletableFuture<Void> changed;
    Instant hit;
    if (after < 0) {
      hit = hit(fleet, worker, victim);
      await(-after);
      changed = change(fleet, leader, former);
    } else {
      changed = change(fleet, leader, former);
      await(after);
      hit = hit(fleet, worker, victim);
    }
    held.awaitElsewhere();
    Duration took = tell(fleet, held, victim, hit, leader, worker, after);
    changed.join();
    held.release();
    held.awaitEnd();
    restore(fleet, leader, former, worker, victim);
    assertThat(took).isLessThan(BOUND);
  }

  private Duration tell(
      Fleet fleet,
      HeldTasks.Held held,
      String victim,
      Instant hit,
      Leader leader,
      Worker worker,
      int after) {
    List<Duration> reruns = History.read(fleet.view().client(), held.id()).rerun(victim, hit);
    assertThat(reruns).as("what %s was given again", held.id()).isNotEmpty();
    Duration took = reruns.getLast();
    System.out.printf(
        "leader %s, worker %s %d ms after the change began: elsewhere after %d ms%n",
        leader, worker, after, took.toMillis());
    report.felt("leader " + leader + ", worker " + worker + ": elsewhere", took.toNanos() / 1e6);
    return took;
  }

  private static void restore(
      Fleet fleet, Leader leader, String former, Worker worker, String victim) throws IOException {
    switch (worker) {
      case KILLED -> fleet.restart(victim);
      case STOPPED -> fleet.go(victim);
    }
    switch (leader) {
      case HANDS_OVER -> {
        Object _ = CapstanClient.await(fleet.view().client().undrainCoordinator(former));
      }
      case KILLED -> fleet.restart(former);
    }
    fleet.view().awaitComplete(3);
    fleet.view().awaitStatus(victim, "active");
  }

  private static CompletableFuture<Void> change(Fleet fleet, Leader leader, String former) {
    return switch (leader) {
      case HANDS_OVER -> fleet.view().client().drainCoordinator(former);
      case KILLED -> {
        fleet.kill(former);
        yield CompletableFuture.completedFuture(null);
      }
    };
  }

  private static Instant hit(Fleet fleet, Worker worker, String victim) {
    switch (worker) {
      case KILLED -> fleet.kill(victim);
      case STOPPED -> fleet.pause(victim);
    }
    return Instant.now();
  }

  /** The moment is the point of the test, so it comes from the seed and not from a condition. */
  private static void await(int millis) throws InterruptedException {
    boolean _ = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
  }
}
