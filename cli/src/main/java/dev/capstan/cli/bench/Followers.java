package dev.capstan.cli.bench;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.Partition;
import dev.capstan.client.StartRequest;
import dev.capstan.client.StateSync;
import dev.capstan.client.WorkflowName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * How far followers are behind what is acknowledged, in a cluster that does nothing else. Each
 * execution is one entry of the log and nothing follows it, so nothing that comes later helps to
 * bring the news.
 */
final class Followers {
  private static final int STARTS = 200;
  private static final int SYNCS = 50;
  private static final WorkflowName WAITS =
      new WorkflowName("bench", Workload.W6.definitionName(), null);

  private final Doors doors;
  private final Consumer<String> progress;

  Followers(Doors doors, Consumer<String> progress) {
    this.doors = doors;
    this.progress = progress;
  }

  List<Measure> run() throws InterruptedException {
    return List.of(applied(), confirmed());
  }

  private Measure applied() throws InterruptedException {
    String leader = Leader.of(doors.any());
    CapstanClient leading = Objects.requireNonNull(doors.each().get(leader), leader);
    List<CapstanClient> followers =
        doors.each().entrySet().stream()
            .filter(door -> !door.getKey().equals(leader))
            .map(Map.Entry::getValue)
            .toList();
    List<Double> millis = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 1; i <= STARTS; i++) {
        progress.accept("applied on followers: " + i + " of " + STARTS);
        String id = CapstanClient.await(leading.start(StartRequest.of(WAITS))).id();
        long acknowledged = System.nanoTime();
        CompletableFuture<Long> index = new CompletableFuture<>();
        List<Future<Long>> reached = new ArrayList<>();
        for (CapstanClient follower : followers) {
          reached.add(threads.submit(() -> reached(follower, index)));
        }
        index.complete(only(leading).commitIndex());
        for (Future<Long> one : reached) {
          millis.add((one.get() - acknowledged) / 1e6);
        }
        var _ = CapstanClient.await(leading.cancel(id, "measured"));
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a follower could not be asked", e.getCause());
    }
    return Measure.of(
            "acknowledged to applied on a follower",
            "ms",
            millis,
            "each follower is asked again and again for its applied index, so up to one answer over"
                + " HTTP too long; idle cluster")
        .promised(Promise.APPLIED);
  }

  /** When a follower said for the first time that it has got to the index. */
  private static long reached(CapstanClient follower, CompletableFuture<Long> index) {
    List<long[]> seen = new ArrayList<>();
    while (true) {
      long applied = only(follower).appliedIndex();
      seen.add(new long[] {System.nanoTime(), applied});
      Long wanted = index.getNow(null);
      if (wanted != null && applied >= wanted) {
        return seen.stream().filter(each -> each[1] >= wanted).findFirst().orElseThrow()[0];
      }
    }
  }

  private static Partition only(CapstanClient door) {
    return CapstanClient.await(door.partitions()).getFirst();
  }

  private Measure confirmed() {
    List<Double> millis = new ArrayList<>();
    int apart = 0;
    WorkflowName workflow = new WorkflowName("bench", Workload.W1.definitionName(), null);
    for (int i = 1; i <= SYNCS; i++) {
      progress.accept("state on all replicas: " + i + " of " + SYNCS);
      String id = CapstanClient.await(doors.any().start(StartRequest.of(workflow))).id();
      long begun = System.nanoTime();
      StateSync sync = CapstanClient.await(doors.any().stateSync(id));
      millis.add((System.nanoTime() - begun) / 1e6);
      apart += sync.inSync() ? 0 : 1;
    }
    return Measure.of(
            "acknowledged to confirmed equal on every replica",
            "ms",
            millis,
            "a round of the majority and questions for digests, asked again every 10 ms; "
                + (apart == 0 ? "all equal" : apart + " not equal"))
        .withErrors(apart);
  }
}
