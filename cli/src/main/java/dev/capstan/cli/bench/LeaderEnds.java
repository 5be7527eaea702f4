package dev.capstan.cli.bench;

import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Coordinator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The leader ends under load, again and again: how long nothing is acknowledged and nothing
 * completes, when all goes as fast as before, and what clients see who retry as they do by
 * themselves.
 */
final class LeaderEnds {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long WINDOW = SECOND / 2;
  private static final long STEADY = 3 * SECOND;

  /** One that has just been started catches up, and warms up, before the next one ends. */
  private static final long RESTED = 15 * SECOND;

  /** Over so long the speed before an end is taken. */
  private static final long BEFORE = 2 * SECOND;

  private static final double AS_FAST = 0.9;

  /** Entries that a follower lacks at any moment, since they are on their way. */
  private static final long LAG_OF_LOAD = 100;

  /** A machine with too little time for all may never let one keep up. */
  private static final long PATIENCE = 30 * SECOND;

  private static final long LONGEST = 60 * SECOND;

  /** How the leader ends. */
  enum Way {
    /** As the kernel does it (kill -9): nothing is said or flushed. */
    KILLED("leader killed") {
      @Override
      void end(LocalCluster cluster, String leader) throws InterruptedException {
        cluster.kill(leader);
      }
    },
    /** As in a rolling restart: asked to stop (SIGTERM), it lets another one lead and goes. */
    STOPPED("leader stopped in order") {
      @Override
      void end(LocalCluster cluster, String leader) throws InterruptedException {
        cluster.stop(leader);
      }
    };

    private final String words;

    Way(String words) {
      this.words = words;
    }

    /** Returns when its process is gone. */
    abstract void end(LocalCluster cluster, String leader) throws InterruptedException;
  }

  private final Way way;
  private final LocalCluster cluster;
  private final CapstanClient client;
  private final HttpLoad load;
  private final Footprint footprint;
  private final Consumer<String> progress;
  private final List<Double> rates = new ArrayList<>();
  private final List<Double> startGaps = new ArrayList<>();
  private final List<Double> completionGaps = new ArrayList<>();
  private final List<Double> recoveries = new ArrayList<>();
  private int lagging;

  /**
   * Nothing happens yet.
   *
   * @param client of all coordinators
   * @param load is stopped when this is done
   */
  LeaderEnds(
      Way way,
      LocalCluster cluster,
      CapstanClient client,
      HttpLoad load,
      Footprint footprint,
      Consumer<String> progress) {
    this.way = way;
    this.cluster = cluster;
    this.client = client;
    this.load = load;
    this.footprint = footprint;
    this.progress = progress;
  }

  List<Measure> run(int times) throws InterruptedException, IOException {
    for (int time = 1; time <= times; time++) {
      if (!awaitComplete(time == 1 ? STEADY : RESTED)) {
        lagging++;
      }
      progress.accept(way.words + ", " + time + " of " + times);
      end();
    }
    load.stop();
    boolean _ = awaitComplete(0);
    return List.of(
        Measure.of(
            way.words + ": executions a second before",
            "/s",
            rates,
            HttpLoad.CLIENTS + " in flight over HTTP"),
        Measure.of(
                way.words + ": longest gap between acknowledged starts",
                "ms",
                startGaps,
                lagging == 0 ? "" : lagging + " times while a follower lagged far behind")
            .promised(Promise.LED),
        Measure.of(way.words + ": longest gap between completions", "ms", completionGaps, ""),
        Measure.of(
            way.words + ": nine tenths of the speed again after",
            "ms",
            recoveries,
            "when the first half second begins that is as fast; at most 60 s"),
        Measure.none(
            way.words + ": errors at clients",
            "errors",
            Promise.NO_ERRORS,
            load.errors(),
            load.firstError()));
  }

  /**
   * Returns when all coordinators have kept up for so long, or after a while.
   *
   * @return whether they have
   */
  private boolean awaitComplete(long nanos) throws InterruptedException {
    long begun = System.nanoTime();
    long since = begun;
    do {
      Thread.sleep(100);
      String missing = missing();
      if (!missing.isEmpty()) {
        progress.accept("waiting for all coordinators: " + missing);
        since = System.nanoTime();
        if (since - begun > PATIENCE) {
          return false;
        }
      }
    } while (System.nanoTime() - since < nanos);
    return true;
  }

  /** What does not keep up, for people; empty if all do. */
  private String missing() {
    try {
      return CapstanClient.await(client.cluster()).coordinators().stream()
          .filter(each -> !keepsUp(each))
          .map(each -> each.id() + " is " + each.role() + ", lag " + each.lag())
          .collect(Collectors.joining("; "));
    } catch (RuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static boolean keepsUp(Coordinator coordinator) {
    Long lag = coordinator.lag();
    return coordinator.role().equals("leader")
        || (coordinator.role().equals("follower") && lag != null && lag < LAG_OF_LOAD);
  }

  private void end() throws InterruptedException, IOException {
    String leader = Leader.of(client);
    footprint.sample();
    long before = System.nanoTime();
    double rate = load.completed().count(before - BEFORE, before) * (double) SECOND / BEFORE;
    long begun = System.nanoTime();
    way.end(cluster, leader);
    long recovered = awaitSpeed(begun, rate);
    rates.add(rate);
    startGaps.add(load.acknowledged().longestGap(begun, recovered + WINDOW).nanos() / 1e6);
    completionGaps.add(load.completed().longestGap(begun, recovered + WINDOW).nanos() / 1e6);
    recoveries.add((recovered - begun) / 1e6);
    cluster.restart(leader);
  }

  /** When the first window begins, after the longest gap, that brings what it did before. */
  private long awaitSpeed(long begun, double rate) throws InterruptedException {
    double wanted = AS_FAST * rate * WINDOW / SECOND;
    while (true) {
      long now = System.nanoTime();
      long from = now - WINDOW;
      if (from > begun
          && load.completed().longestGap(begun, now).to() <= from
          && load.completed().count(from, now) >= wanted) {
        return from;
      }
      if (now - begun > LONGEST) {
        return now;
      }
      Thread.sleep(10);
    }
  }
}
