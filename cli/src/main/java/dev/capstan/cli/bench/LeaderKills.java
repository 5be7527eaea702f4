package dev.capstan.cli.bench;

import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Cluster;
import dev.capstan.client.Coordinator;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * The leader is killed under load, again and again: how long nothing is acknowledged and nothing
 * completes, when all goes as fast as before, and what clients see who retry as they do by
 * themselves. Each client starts an execution over HTTP, waits for its end, and starts the next.
 */
final class LeaderKills implements AutoCloseable {
  private static final int CLIENTS = 64;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long WINDOW = SECOND / 2;
  private static final long STEADY = 3 * SECOND;

  /** Over so long the speed before a kill is taken. */
  private static final long BEFORE = 2 * SECOND;

  private static final double AS_FAST = 0.9;

  /** Entries that a follower lacks at any moment, since they are on their way. */
  private static final long LAG_OF_LOAD = 100;

  private static final long LONGEST = 60 * SECOND;

  private final LocalCluster cluster;
  private final CapstanClient client;
  private final Ledger ledger;
  private final Footprint footprint;
  private final Consumer<String> progress;
  private final List<Thread> threads = new ArrayList<>();
  private final Pulse acknowledged = new Pulse();
  private final Pulse completed = new Pulse();
  private final AtomicLong errors = new AtomicLong();
  private final AtomicReference<String> firstError = new AtomicReference<>("");
  private final List<Double> rates = new ArrayList<>();
  private final List<Double> startGaps = new ArrayList<>();
  private final List<Double> completionGaps = new ArrayList<>();
  private final List<Double> recoveries = new ArrayList<>();
  private volatile boolean stopped;

  /**
   * Nothing happens yet.
   *
   * @param client of all coordinators, with the retries that clients have by themselves
   */
  LeaderKills(
      LocalCluster cluster,
      CapstanClient client,
      Ledger ledger,
      Footprint footprint,
      Consumer<String> progress) {
    this.cluster = cluster;
    this.client = client;
    this.ledger = ledger;
    this.footprint = footprint;
    this.progress = progress;
  }

  List<Measure> run(int kills) throws InterruptedException, IOException {
    for (int i = 0; i < CLIENTS; i++) {
      threads.add(Thread.ofVirtual().start(this::load));
    }
    for (int kill = 1; kill <= kills; kill++) {
      awaitSteady();
      progress.accept("kill " + kill + " of " + kills + " of the leader");
      kill();
    }
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    awaitComplete();
    return List.of(
        Measure.of(
            "leader killed: executions a second before",
            "/s",
            rates,
            CLIENTS + " in flight over HTTP"),
        Measure.of("leader killed: longest gap between acknowledged starts", "ms", startGaps, "")
            .promised(Promise.LED),
        Measure.of("leader killed: longest gap between completions", "ms", completionGaps, ""),
        Measure.of(
            "leader killed: nine tenths of the speed again after",
            "ms",
            recoveries,
            "when the first half second begins that is as fast; at most 60 s"),
        Measure.none(
            "leader killed: errors at clients",
            "errors",
            Promise.NO_ERRORS,
            errors.get(),
            firstError.get()));
  }

  private void load() {
    WorkflowName workflow = new WorkflowName("bench", Workload.W1.definitionName(), null);
    while (!stopped) {
      try {
        String id = CapstanClient.await(client.start(StartRequest.of(workflow))).id();
        acknowledged.beat();
        ledger.acknowledged(id);
        String status = CapstanClient.await(client.end(id)).status();
        completed.beat();
        if (!status.equals("completed")) {
          failed(id + " is " + status);
        }
      } catch (RuntimeException e) {
        failed(String.valueOf(e.getMessage()));
      }
    }
  }

  private void failed(String reason) {
    errors.incrementAndGet();
    firstError.compareAndSet("", "the first: " + reason);
  }

  /** All coordinators have been there for some seconds, and the load has run undisturbed. */
  private void awaitSteady() throws InterruptedException {
    long end = System.nanoTime() + LONGEST;
    long since = System.nanoTime();
    while (System.nanoTime() - since < STEADY) {
      if (!isComplete()) {
        since = System.nanoTime();
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException("the cluster is not complete after a minute");
      }
      Thread.sleep(100);
    }
  }

  private void awaitComplete() throws InterruptedException {
    long end = System.nanoTime() + LONGEST;
    while (!isComplete()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("the cluster is not complete after a minute");
      }
      Thread.sleep(100);
    }
  }

  private boolean isComplete() {
    try {
      Cluster seen = CapstanClient.await(client.cluster());
      return seen.coordinators().stream().allMatch(LeaderKills::keepsUp);
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static boolean keepsUp(Coordinator coordinator) {
    Long lag = coordinator.lag();
    return coordinator.role().equals("leader")
        || (coordinator.role().equals("follower") && lag != null && lag < LAG_OF_LOAD);
  }

  private void kill() throws InterruptedException, IOException {
    String leader = Leader.of(client);
    footprint.sample();
    long before = System.nanoTime();
    double rate = completed.count(before - BEFORE, before) * (double) SECOND / BEFORE;
    long killed = System.nanoTime();
    cluster.kill(leader);
    long recovered = awaitSpeed(killed, rate);
    rates.add(rate);
    startGaps.add(acknowledged.longestGap(killed, recovered + WINDOW).nanos() / 1e6);
    completionGaps.add(completed.longestGap(killed, recovered + WINDOW).nanos() / 1e6);
    recoveries.add((recovered - killed) / 1e6);
    cluster.restart(leader);
  }

  /** When the first window begins, after the longest gap, that brings what it did before. */
  private long awaitSpeed(long killed, double rate) throws InterruptedException {
    double wanted = AS_FAST * rate * WINDOW / SECOND;
    while (true) {
      long now = System.nanoTime();
      long from = now - WINDOW;
      if (from > killed
          && completed.longestGap(killed, now).to() <= from
          && completed.count(from, now) >= wanted) {
        return from;
      }
      if (now - killed > LONGEST) {
        return now;
      }
      Thread.sleep(10);
    }
  }

  @Override
  public void close() {
    stopped = true;
  }
}
