package dev.capstan.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.server.config.NodeConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Many workers, each with a certificate and sessions of its own: how long they take to register,
 * how many tasks they hold at a time, and what happens when half of them are gone at once.
 */
final class Fleet implements AutoCloseable {
  private static final int BRANCHES = 100;
  private static final int JOINING = 16;
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** Seldom enough that looking at a hundred thousand tasks does not disturb them. */
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  private static final WorkflowName HOLDS = new WorkflowName("bench", "holds", null);

  private static final String HEAD =
      """
      document: {dsl: '1.0.3', namespace: bench, name: holds, version: '1.0.0'}
      do:
        - fan:
            fork:
              branches:
      """;

  private final LocalCluster cluster;
  private final CapstanClient client;
  private final NodeConfig config;
  private final Path directory;
  private final Consumer<String> progress;
  private final Hold hold = new Hold();
  private final List<BenchWorker> workers = new ArrayList<>();

  Fleet(
      LocalCluster cluster,
      CapstanClient client,
      NodeConfig config,
      Path directory,
      Consumer<String> progress) {
    this.cluster = cluster;
    this.client = client;
    this.config = config;
    this.directory = directory;
    this.progress = progress;
  }

  /** A fan-out of a hundred tasks that run until they are let go. */
  static String definition() {
    StringBuilder text = new StringBuilder(HEAD);
    for (int i = 1; i <= BRANCHES; i++) {
      text.append("          - task").append(i).append(": {call: bench-hold}\n");
    }
    return text.toString();
  }

  /**
   * Measures it all.
   *
   * @param measures takes each when it is known
   */
  void run(int count, int tasks, Consumer<Measure> measures)
      throws InterruptedException, IOException {
    measures.accept(register(count, Math.max(1, (tasks + count - 1) / count) * 2));
    int executions = Math.max(1, tasks / BRANCHES);
    List<String> ids = new ArrayList<>();
    measures.accept(fill(executions, ids));
    measures.accept(vanish(count / 2));
    measures.accept(drain(ids));
  }

  private Measure register(int count, int slots) throws InterruptedException, IOException {
    List<String> tokens = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      tokens.add(BenchWorker.token(client, "b" + i));
      progress.accept(i + " of " + count + " tokens");
    }
    ConcurrentLinkedQueue<Double> times = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<BenchWorker> joined = new ConcurrentLinkedQueue<>();
    long begun = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(JOINING)) {
      List<Future<?>> joins = new ArrayList<>();
      for (int i = 1; i <= count; i++) {
        String name = "b" + i;
        String token = tokens.get(i - 1);
        joins.add(
            threads.submit(() -> {
              long start = System.nanoTime();
              BenchWorker worker =
                  BenchWorker.join(
                      token, name, directory.resolve(name), config, slots, hold.at(name));
              joined.add(worker);
              await(worker::isRegistered, name + " to register");
              times.add((System.nanoTime() - start) / 1e6);
              progress.accept(joined.size() + " of " + count + " workers");
              return null;
            }));
      }
      for (Future<?> join : joins) {
        join.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a worker did not register", e.getCause());
    } finally {
      workers.addAll(joined);
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    return new Measure(
        "join to registered, " + JOINING + " at a time",
        "ms",
        List.copyOf(times),
        "%d workers in %.1f s".formatted(count, seconds));
  }

  /** Something that is looked at until it holds. */
  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition, String what) throws InterruptedException {
    long end = System.nanoTime() + LONGEST_NANOS;
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("waited too long for " + what);
      }
      Thread.sleep(LOOK_EVERY);
    }
  }

  private Measure fill(int executions, List<String> ids) throws InterruptedException {
    int tasks = executions * BRANCHES;
    long begun = System.nanoTime();
    for (int i = 0; i < executions; i++) {
      JsonNode input = JsonNodeFactory.instance.objectNode();
      ids.add(CapstanClient.await(client.start(StartRequest.of(HOLDS).withInput(input))).id());
      progress.accept(hold.running() + " of " + tasks + " tasks run");
    }
    await(
        () -> {
          progress.accept(hold.running() + " of " + tasks + " tasks run");
          return hold.running() >= tasks;
        },
        "all tasks to run");
    double seconds = (System.nanoTime() - begun) / 1e9;
    return new Measure(
        "tasks that run at a time",
        "tasks",
        List.of((double) hold.running()),
        "all after %.1f s".formatted(seconds));
  }

  private Measure vanish(int count) throws InterruptedException {
    List<BenchWorker> going = workers.subList(0, count);
    Set<String> lost = new HashSet<>();
    going.forEach(worker -> lost.addAll(hold.of(worker.name())));
    Set<String> gone = new HashSet<>();
    going.forEach(worker -> gone.add(worker.name()));
    List<Double> times = new ArrayList<>();
    long cut = System.nanoTime();
    going.forEach(BenchWorker::vanish);
    double cutting = (System.nanoTime() - cut) / 1e6;
    await(
        () -> {
          lost.removeIf(task -> {
            long entered = hold.enteredNanos(task);
            if (entered > cut) {
              times.add((entered - cut) / 1e6);
            }
            return entered > cut;
          });
          progress.accept(lost.size() + " tasks do not run elsewhere yet");
          return lost.isEmpty();
        },
        "the tasks of " + count + " workers to run elsewhere");
    return new Measure(
        "half of the workers gone: a task runs elsewhere after",
        "ms",
        times,
        "%d workers cut off within %.0f ms".formatted(gone.size(), cutting));
  }

  private Measure drain(List<String> ids) throws InterruptedException {
    long begun = System.nanoTime();
    hold.release();
    List<Double> times = new ArrayList<>();
    for (String id : ids) {
      String status = CapstanClient.await(client.end(id)).status();
      if (!status.equals("completed")) {
        throw new IllegalStateException("execution " + id + " is " + status);
      }
      times.add((System.nanoTime() - begun) / 1e6);
    }
    return new Measure(
        "all let go: an execution has ended after",
        "ms",
        times,
        ids.size() + " executions, all completed");
  }

  @Override
  public void close() throws IOException {
    progress.accept("closing the workers of " + cluster.credentialFile().getParent());
    try (ExecutorService threads = Executors.newFixedThreadPool(JOINING)) {
      for (BenchWorker worker : workers) {
        var _ = threads.submit(worker::close);
      }
    }
  }
}
