package dev.capstan.cli.bench;

import dev.capstan.cli.cluster.Credential;
import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Cluster;
import dev.capstan.client.Coordinator;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The leader is killed under load, again and again: how long nothing is acknowledged, when all goes
 * as fast as before, and what clients see who retry as they do by themselves.
 */
final class LeaderKills implements AutoCloseable {
  private static final int CLIENTS = 32;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long WINDOW = SECOND / 4;
  private static final long STEADY = 3 * SECOND;

  /** Entries that a follower lacks at any moment, since they are on their way. */
  private static final long LAG_OF_LOAD = 100;

  private static final long LONGEST = 60 * SECOND;

  private final LocalCluster cluster;
  private final Consumer<String> progress;
  private final CapstanClient client;
  private final List<Thread> threads = new ArrayList<>();
  private final ConcurrentSkipListSet<Long> acknowledged = new ConcurrentSkipListSet<>();
  private final AtomicLong errors = new AtomicLong();
  private final List<Double> gaps = new ArrayList<>();
  private final List<Double> recoveries = new ArrayList<>();
  private double rate;
  private volatile boolean stopped;

  LeaderKills(LocalCluster cluster, Consumer<String> progress) {
    this.cluster = cluster;
    this.progress = progress;
    Credential credential = Credential.read(cluster.credentialFile());
    client =
        CapstanClient.builder()
            .servers(credential.servers())
            .token(credential.key())
            .tls(credential.tls())
            .build();
  }

  List<Measure> run(int kills) throws InterruptedException, IOException {
    for (int i = 0; i < CLIENTS; i++) {
      threads.add(Thread.ofVirtual().start(this::load));
    }
    awaitSteady();
    for (int kill = 1; kill <= kills; kill++) {
      progress.accept("kill " + kill + " of " + kills + " of the leader");
      kill();
    }
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    String note =
        "%d clients, %,.0f starts/s before; %d errors at clients"
            .formatted(CLIENTS, rate, errors.get());
    return List.of(
        new Measure("leader killed: nothing acknowledged for", "ms", gaps, note),
        new Measure("leader killed: 9/10 of the speed again after", "ms", recoveries, ""));
  }

  private void load() {
    WorkflowName workflow = new WorkflowName("bench", Workload.W1.definitionName(), null);
    while (!stopped) {
      try {
        var _ = CapstanClient.await(client.start(StartRequest.of(workflow)));
        acknowledged.add(System.nanoTime());
      } catch (RuntimeException e) {
        errors.incrementAndGet();
        progress.accept("a client saw: " + e.getMessage());
      }
    }
  }

  /** As much a second as in the last three, and all coordinators are there. */
  private void awaitSteady() throws InterruptedException {
    long end = System.nanoTime() + LONGEST;
    long since = System.nanoTime();
    while (System.nanoTime() - since < STEADY) {
      if (!complete()) {
        since = System.nanoTime();
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException("the cluster is not complete after a minute");
      }
      Thread.sleep(100);
    }
    long now = System.nanoTime();
    rate = acknowledged.tailSet(now - 2 * SECOND).size() / 2.0;
    acknowledged.headSet(now - 2 * SECOND).clear();
  }

  private boolean complete() {
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
    String leader =
        CapstanClient.await(client.cluster()).coordinators().stream()
            .filter(each -> each.role().equals("leader"))
            .map(Coordinator::id)
            .findFirst()
            .orElseThrow();
    long killed = System.nanoTime();
    ProcessHandle.of(cluster.pid(leader)).ifPresent(ProcessHandle::destroyForcibly);
    long recovered = awaitSpeed(killed);
    gaps.add(longestGap(killed, recovered) / 1e6);
    recoveries.add((recovered - killed) / 1e6);
    cluster.restart(leader);
    awaitSteady();
  }

  /** When a quarter of a second brought nine tenths of what it did before. */
  private long awaitSpeed(long killed) throws InterruptedException {
    double wanted = 0.9 * rate * WINDOW / SECOND;
    while (true) {
      long now = System.nanoTime();
      if (now - killed > WINDOW && acknowledged.tailSet(now - WINDOW).size() >= wanted) {
        Long first = acknowledged.ceiling(killed);
        boolean gone = first != null && longestGap(killed, now) > WINDOW / 10;
        if (gone || now - killed > 2 * SECOND) {
          return now - WINDOW;
        }
      }
      if (now - killed > LONGEST) {
        throw new IllegalStateException("a minute after the kill it is not as fast as before");
      }
      Thread.sleep(5);
    }
  }

  private long longestGap(long from, long to) {
    long longest = 0;
    long last = from;
    for (long each : acknowledged.subSet(from, to + WINDOW)) {
      longest = Math.max(longest, each - last);
      last = each;
    }
    return longest;
  }

  @Override
  public void close() {
    stopped = true;
    client.close();
  }
}
