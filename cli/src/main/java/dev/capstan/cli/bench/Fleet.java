package dev.capstan.cli.bench;

import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.joining.NodeHome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Many workers, each with a certificate and sessions of its own: how long they take to register,
 * how many tasks they hold at a time, and what happens when half of them die or fall silent at
 * once.
 */
final class Fleet implements AutoCloseable {
  private static final int BRANCHES = 100;
  private static final int AT_A_TIME = 16;

  /** Slots of all that stay, for one task. */
  private static final int ROOM = 2;

  /**
   * Tasks that were started and don't run yet. Their workers share a few threads here, and what
   * waits for those keeps workers from saying that they live.
   */
  private static final int MOST_ON_THE_WAY = 2_000;

  private static final int NODES_PROMISED = 1_000;
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** Seldom enough that looking at a hundred thousand tasks does not disturb them. */
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  /**
   * Counting what is lost takes time of what is measured; the tasks themselves say when they ran.
   */
  private static final Duration COUNT_EVERY = Duration.ofMillis(200);

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
  private final Ledger ledger;
  private final Footprint footprint;
  private final Hold hold = new Hold();
  private final Map<String, NodeHome> homes = new ConcurrentHashMap<>();
  private final List<BenchWorker> workers = Collections.synchronizedList(new ArrayList<>());

  Fleet(
      LocalCluster cluster,
      CapstanClient client,
      NodeConfig config,
      Path directory,
      Ledger ledger,
      Footprint footprint,
      Consumer<String> progress) {
    this.cluster = cluster;
    this.client = client;
    this.config = config;
    this.directory = directory;
    this.ledger = ledger;
    this.footprint = footprint;
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

  /** Tasks of one execution. */
  static int branches() {
    return BRANCHES;
  }

  /**
   * Measures it all.
   *
   * @param count of workers, at least two
   * @param tasks that run at a time when half of the workers die, a multiple of {@link #branches}
   * @param atSilence tasks that run when half of the workers fall silent, such a multiple
   * @param measures takes each when it is known
   */
  void run(int count, int tasks, int atSilence, Consumer<Measure> measures)
      throws InterruptedException, IOException {
    int going = count / 2;
    int staying = count - going;
    int slots = ROOM * ((Math.max(tasks, atSilence) + staying - 1) / staying);
    // All workers of this process would stand still for a second, as no real ones do, were what
    // earlier measurements left collected while these run.
    System.gc();
    measures.accept(join(count));
    register(count, slots).forEach(measures);
    hold(count, tasks, measures);
    measures.accept(lost("tasks lost of those held", tasks));
    revive(going, slots);
    hold.again();
    List<String> ids = new ArrayList<>();
    fill(atSilence, ids);
    await(hold::isHeldOnce, "each task to be held by one worker alone");
    measures.accept(vanish(going, Way.SILENT));
    await(() -> hold.held() >= atSilence, "all tasks to run again");
    drain(ids);
    measures.accept(lost("tasks lost when half of the workers fell silent", atSilence));
    footprint.sample();
  }

  /** Holds so many at the same moment, half of the workers die, and all are let go. */
  private void hold(int count, int tasks, Consumer<Measure> measures) throws InterruptedException {
    List<String> ids = new ArrayList<>();
    measures.accept(fill(tasks, ids));
    footprint.sample();
    measures.accept(held(count, tasks));
    await(hold::isHeldOnce, "each task to be held by one worker alone");
    measures.accept(vanish(count / 2, Way.DEAD));
    measures.accept(drain(ids));
  }

  /** How workers go, all at once. */
  private enum Way {
    DEAD("die", "their connections are reset") {
      @Override
      void go(BenchWorker worker) {
        worker.die();
      }
    },
    SILENT("fall silent", "no connection is closed") {
      @Override
      void go(BenchWorker worker) {
        worker.fallSilent();
      }
    };

    private final String verb;
    private final String note;

    Way(String verb, String note) {
      this.verb = verb;
      this.note = note;
    }

    abstract void go(BenchWorker worker);
  }

  /** Those that died begin anew. */
  private void revive(int count, int slots) throws InterruptedException {
    close(workers.subList(0, count));
    Crew crew = new Crew(count);
    Measure _ =
        crew.measure(
            "nodes begin anew",
            "",
            i -> {
              String name = workers.get(i - 1).name();
              hold.back(name);
              BenchWorker worker = start(name, slots);
              workers.set(i - 1, worker);
              worker.awaitRegistered(LONGEST_NANOS);
            });
  }

  private BenchWorker start(String name, int slots) throws IOException {
    NodeHome home = Objects.requireNonNull(homes.get(name), "it has joined");
    return BenchWorker.start(home, name, config, slots, hold.at(name));
  }

  /** Brings all in: each with a certificate of its own, as when they join for the first time. */
  private Measure join(int count) throws InterruptedException {
    List<String> tokens = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      tokens.add(BenchWorker.token(client, name(i)));
      progress.accept(i + " of " + count + " tokens");
    }
    Crew crew = new Crew(count);
    return crew.measure(
        "nodes join",
        "token to certificate",
        i -> homes.put(name(i), BenchWorker.join(tokens.get(i - 1), name(i), home(i), config)));
  }

  /** All begin at the same time, as when the power is back. */
  private List<Measure> register(int count, int slots) throws InterruptedException {
    Crew crew = new Crew(count);
    Measure each =
        crew.measure(
            "nodes register",
            "mTLS, row committed, welcomed",
            i -> {
              BenchWorker worker = start(name(i), slots);
              workers.add(worker);
              worker.awaitRegistered(LONGEST_NANOS);
            });
    Measure all =
        Measure.of("nodes register: all of them", "s", List.of(crew.seconds()), count + " nodes");
    return List.of(each, count >= NODES_PROMISED ? all.promised(Promise.ALL_REGISTERED) : all);
  }

  private static String name(int number) {
    return "b" + number;
  }

  private Path home(int number) {
    return directory.resolve(name(number));
  }

  /** Does something for each worker, a few at a time. */
  private final class Crew {
    private final int count;
    private final AtomicInteger done = new AtomicInteger();
    private double seconds;

    private Crew(int count) {
      this.count = count;
    }

    private interface Work {
      void of(int number) throws IOException, InterruptedException;
    }

    private Measure measure(String what, String note, Work work) throws InterruptedException {
      ConcurrentLinkedQueue<Double> times = new ConcurrentLinkedQueue<>();
      long begun = System.nanoTime();
      try (ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME)) {
        List<Future<?>> parts = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
          int number = i;
          parts.add(
              threads.submit(() -> {
                long start = System.nanoTime();
                work.of(number);
                times.add((System.nanoTime() - start) / 1e6);
                progress.accept(done.incrementAndGet() + " of " + count + ": " + what);
                return null;
              }));
        }
        for (Future<?> part : parts) {
          part.get();
        }
      } catch (ExecutionException e) {
        throw new IllegalStateException("not all " + what, e.getCause());
      }
      seconds = (System.nanoTime() - begun) / 1e9;
      return Measure.of(
          what + ", " + AT_A_TIME + " at a time",
          "ms",
          List.copyOf(times),
          "%s; %,d in %.1f s".formatted(note, count, seconds));
    }

    private double seconds() {
      return seconds;
    }
  }

  /** Something that is looked at until it holds. */
  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition, String what) throws InterruptedException {
    await(condition, LOOK_EVERY, what);
  }

  private static void await(Condition condition, Duration every, String what)
      throws InterruptedException {
    long end = System.nanoTime() + LONGEST_NANOS;
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("waited too long for " + what);
      }
      Thread.sleep(every);
    }
  }

  private Measure fill(int tasks, List<String> ids) throws InterruptedException {
    long start = System.nanoTime();
    Semaphore places = new Semaphore(AT_A_TIME);
    List<CompletableFuture<Execution>> starts = new ArrayList<>();
    for (int i = 0; i < tasks / BRANCHES; i++) {
      int begun = i * BRANCHES;
      await(() -> begun - hold.held() <= MOST_ON_THE_WAY, "tasks to run before more are started");
      places.acquire();
      CompletableFuture<Execution> started = client.start(StartRequest.of(HOLDS));
      starts.add(started);
      CompletableFuture<?> _ = started.whenComplete((_, _) -> places.release());
      progress.accept(hold.held() + " of " + tasks + " tasks run");
    }
    for (CompletableFuture<Execution> started : starts) {
      String id = CapstanClient.await(started).id();
      ids.add(id);
      ledger.acknowledged(id);
    }
    await(
        () -> {
          progress.accept(hold.held() + " of " + tasks + " tasks run");
          return hold.held() >= tasks;
        },
        "all tasks to run");
    double seconds = (System.nanoTime() - start) / 1e9;
    return Measure.of(
        "tasks begun a second until all run",
        "/s",
        List.of(tasks / seconds),
        "%,d tasks in %.1f s".formatted(tasks, seconds));
  }

  /** How many are really held, counted at one moment. */
  private Measure held(int count, int tasks) {
    Measure held =
        Measure.of(
            "tasks held at the same moment",
            "tasks",
            List.of((double) hold.held()),
            "by %,d nodes".formatted(count));
    return count >= NODES_PROMISED && tasks >= NODES_PROMISED * BRANCHES
        ? held.promised(Promise.HELD)
        : held;
  }

  private Measure vanish(int count, Way way) throws InterruptedException {
    List<BenchWorker> going = List.copyOf(workers.subList(0, count));
    Set<String> lost = new HashSet<>();
    for (BenchWorker worker : going) {
      lost.addAll(hold.of(worker.name()));
      hold.gone(worker.name());
    }
    int all = lost.size();
    List<Double> times = new ArrayList<>();
    long cut = System.nanoTime();
    going.forEach(way::go);
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
        COUNT_EVERY,
        "the tasks of " + count + " workers to run elsewhere");
    return Measure.of(
            "half of the workers " + way.verb + ": a task runs elsewhere after",
            "ms",
            times,
            "%d workers with %,d tasks, within %.0f ms; %s"
                .formatted(count, all, cutting, way.note))
        .promised(Promise.ALL_RUN_ELSEWHERE);
  }

  private Measure drain(List<String> ids) throws InterruptedException {
    long begun = System.nanoTime();
    hold.release();
    List<Double> times = new ArrayList<>();
    int others = 0;
    for (String id : ids) {
      String status = CapstanClient.await(client.end(id)).status();
      others += status.equals("completed") ? 0 : 1;
      times.add((System.nanoTime() - begun) / 1e6);
    }
    return Measure.of(
            "all let go: an execution has ended after",
            "ms",
            times,
            "%d of %d executions completed".formatted(ids.size() - others, ids.size()))
        .withErrors(others);
  }

  private Measure lost(String what, int tasks) {
    return Measure.none(
        what,
        "tasks",
        Promise.NOTHING_LOST,
        tasks - hold.completed(),
        "%,d came to their end".formatted(hold.completed()));
  }

  @Override
  public void close() {
    progress.accept("closing the workers of " + cluster.credentialFile().getParent());
    hold.release();
    close(workers);
  }

  /** All at once: one that is cut off waits for a while for somebody to take its reports. */
  private static void close(List<BenchWorker> ended) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (BenchWorker worker : ended) {
        var _ = threads.submit(worker::close);
      }
    }
  }
}
