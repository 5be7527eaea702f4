package dev.capstan.cli.bench;

import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Workers that are processes of their own, one of which has a hundred tasks and is killed, or
 * stopped without a connection being closed: when the last of the hundred runs elsewhere. Each task
 * calls a service of this process, so what counts is what the outside world sees.
 */
final class WorkerFaults implements AutoCloseable {
  private static final int WORKERS = 3;
  private static final int TASKS = 100;
  private static final List<String> OPTIONS = List.of("--slots", Integer.toString(2 * TASKS));
  private static final String VICTIM = "victim";
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final WorkflowName CALLS = new WorkflowName("bench", "calls", null);

  private static final String HEAD =
      """
      document: {dsl: '1.0.3', namespace: bench, name: calls, version: '1.0.0'}
      do:
        - fan:
            fork:
              branches:
      """;

  private static final String BRANCH =
      """
                - task%d:
                    call: http
                    with: {method: post, endpoint: '%s'}
                    metadata: {capstan: {prefer: {victim: 'yes'}}}
      """;

  private final LocalCluster cluster;
  private final CapstanClient client;
  private final Ledger ledger;
  private final Consumer<String> progress;
  private final HeldCalls calls = new HeldCalls();
  private final List<String> workers = new ArrayList<>();

  /** What is done to a worker, and undone. */
  private enum Fault {
    KILLED("worker killed (kill -9) with 100 tasks: the last runs elsewhere after"),
    STOPPED("worker hangs (SIGSTOP) with 100 tasks: the last runs elsewhere after");

    private final String title;

    Fault(String title) {
      this.title = title;
    }
  }

  WorkerFaults(LocalCluster cluster, CapstanClient client, Ledger ledger, Consumer<String> progress)
      throws IOException {
    this.cluster = cluster;
    this.client = client;
    this.ledger = ledger;
    this.progress = progress;
  }

  /**
   * Starts the workers.
   *
   * @return how long a new process takes to be registered
   */
  Measure begin() throws IOException, InterruptedException {
    CapstanClient.await(client.deploy(definition(calls.address()), "calls"));
    List<Double> millis = new ArrayList<>();
    for (int i = 1; i <= WORKERS; i++) {
      String name = "w" + i;
      cluster.add(name, OPTIONS);
      workers.add(name);
      Duration took =
          Duration.between(
              cluster.begunAt(name), CapstanClient.await(client.node(name)).joinedAt());
      millis.add(took.toNanos() / 1e6);
    }
    return Measure.of(
        "node registers, its process started anew",
        "ms",
        millis,
        "from the start of the process to its row; contains the start of the virtual machine");
  }

  private static String definition(URI service) {
    StringBuilder text = new StringBuilder(HEAD);
    for (int i = 1; i <= TASKS; i++) {
      text.append(BRANCH.formatted(i, service));
    }
    return text.toString();
  }

  Measure kill(int times) throws IOException, InterruptedException {
    return run(Fault.KILLED, times);
  }

  Measure stop(int times) throws IOException, InterruptedException {
    return run(Fault.STOPPED, times);
  }

  private Measure run(Fault fault, int times) throws IOException, InterruptedException {
    List<Double> firsts = new ArrayList<>();
    List<Double> lasts = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      progress.accept(fault.title + " (" + (i + 1) + " of " + times + ")");
      String victim = workers.get(i % workers.size());
      awaitActive();
      var _ = CapstanClient.await(client.labelNode(victim, Map.of(VICTIM, "yes"), List.of()));
      String id = CapstanClient.await(client.start(StartRequest.of(CALLS))).id();
      ledger.acknowledged(id);
      await(() -> calls.latest().size() == TASKS, "all tasks to call");
      requireAllAt(victim, id);
      List<Double> again = strike(fault, victim);
      firsts.add(again.getFirst());
      lasts.add(again.getLast());
      calls.release();
      var _ = CapstanClient.await(client.end(id));
    }
    double first = Measure.at(firsts.stream().sorted().toList(), 0.5);
    return Measure.of(fault.title, "ms", lasts, "the first after %.0f ms (p50)".formatted(first))
        .promised(Promise.RUNS_ELSEWHERE);
  }

  private void requireAllAt(String victim, String id) {
    long there =
        CapstanClient.await(client.tasks(id)).stream()
            .filter(task -> victim.equals(task.node()))
            .count();
    if (there < TASKS) {
      throw new IllegalStateException(
          victim + " has only " + there + " of " + TASKS + " tasks, so nothing can be measured");
    }
  }

  /**
   * Does it, waits until all tasks run elsewhere, and undoes it.
   *
   * @return how long after the beginning each ran again, in milliseconds, the first first
   */
  private List<Double> strike(Fault fault, String victim) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    try {
      switch (fault) {
        case KILLED -> cluster.kill(victim);
        case STOPPED -> cluster.pause(victim);
      }
      await(() -> calls.latest().values().stream().allMatch(each -> each > begun), fault.title);
      return calls.latest().values().stream().map(each -> (each - begun) / 1e6).sorted().toList();
    } finally {
      var _ = CapstanClient.await(client.labelNode(victim, Map.of(), List.of(VICTIM)));
      switch (fault) {
        case KILLED -> cluster.restart(victim);
        case STOPPED -> cluster.go(victim);
      }
    }
  }

  private void awaitActive() throws InterruptedException {
    await(
        () -> {
          try {
            return CapstanClient.await(client.nodes()).stream()
                .filter(node -> workers.contains(node.id()))
                .allMatch(node -> node.status().equals("active") && node.running() == 0);
          } catch (CapstanException e) {
            return false;
          }
        },
        "the workers to come back");
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
      Thread.sleep(5);
    }
  }

  /** Stops the workers in order. */
  @Override
  public void close() {
    calls.close();
    try {
      for (String worker : workers) {
        cluster.stop(worker);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
