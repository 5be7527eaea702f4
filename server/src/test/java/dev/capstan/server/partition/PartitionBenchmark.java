package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.management.ThreadMXBean;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.decision.SecretSource;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.history.Event;
import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Peers;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.model.Definition;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.DataDirectory;
import dev.capstan.node.env.Entropy;
import dev.capstan.server.log.LogOptions;
import dev.capstan.server.log.RatisLogs;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.store.RocksStore;
import dev.capstan.server.store.StoreMemory;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Measures the loop with executions of one task on nodes that answer at once. {@code loop}: alone
 * on one thread, with the store but without a log, by CPU time. {@code whole}: with the replicated
 * log and threads, by the clock. {@code wait}: memory and restart with executions that wait.
 * Arguments: directory, mode, number of executions, how many at a time.
 */
final class PartitionBenchmark {
  private static final LogOptions LOG =
      new LogOptions(8 << 20, 2048, 64L << 20, 16L << 20, 1L << 20, 500_000, 256L << 20);

  private final Path directory;
  private final int count;
  private final Definition definition = Yard.definition(Yard.ONE_TASK);
  private final Definition waiting =
      Yard.definition(Yard.ONE_WAIT.replace("seconds: 10", "days: 10"));
  private final Echo nodes = new Echo();

  private PartitionBenchmark(Path directory, int count) {
    this.directory = directory;
    this.count = count;
  }

  public static void main(String[] arguments) throws Exception {
    PartitionBenchmark benchmark =
        new PartitionBenchmark(Path.of(arguments[0]), Integer.parseInt(arguments[2]));
    int atATime = Integer.parseInt(arguments[3]);
    switch (arguments[1]) {
      case "loop" -> benchmark.loop(atATime);
      case "whole" -> benchmark.whole(atATime);
      case "wait" -> benchmark.wait(atATime);
      default -> throw new IllegalArgumentException("loop, whole or wait");
    }
  }

  /** Nodes with room for everything, which report at once. */
  private static final class Echo implements NodeBoard {
    private final JsonNode output = JsonNodeFactory.instance.objectNode().put("ok", true);
    @Nullable Partition partition;

    @Override
    public Place reserve(Demand demand, Peers peers) {
      return new Place("node-1", 1);
    }

    @Override
    public boolean hasRoom(Demand demand) {
      return true;
    }

    @Override
    public void release(Place place) {}

    @Override
    public void dispatch(List<Effect.Dispatch> dispatches) {
      Partition to = partition;
      if (to == null) {
        throw new IllegalStateException("no partition");
      }
      for (Effect.Dispatch dispatch : dispatches) {
        to.report(new Command.ReportOutput(dispatch.token(), output), dispatch.token().execution());
      }
    }

    @Override
    public void confirm(AttemptToken token, String node, long number) {}

    @Override
    public void cancel(AttemptToken token, String node) {}

    @Override
    public boolean isAlive(String node, long epoch) {
      return true;
    }

    @Override
    public String whyWaiting(String kind, JsonNode metadata) {
      return "";
    }
  }

  private Partition partition(RocksStore store) {
    DefinitionCache cache = new DefinitionCache(store, Yard::definition, 100);
    Partition partition =
        new Partition(
            new PartitionSetup(
                store,
                cache,
                new StoredDefinitions(store, cache),
                new Decider(
                    new Settings(
                        JqLimits.ofSteps(1_000_000),
                        SecretSource.NONE,
                        JsonNodeFactory.instance.objectNode(),
                        100,
                        10_000)),
                nodes,
                Router.ONE,
                new PartitionRequests.CommitListener() {
                  @Override
                  public void committed(PartitionRequests.Summary summary, Event.Recorded events) {}

                  @Override
                  public void ended(
                      PartitionRequests.Summary summary,
                      dev.capstan.core.execution.Execution last) {
                    ended.release();
                  }
                },
                cause -> {
                  throw new IllegalStateException(cause);
                },
                Clock.system(),
                Entropy.system(),
                PartitionLimits.ofDefaults()));
    nodes.partition = partition;
    return partition;
  }

  private final Semaphore ended = new Semaphore(0);

  private Start request(int number) {
    return request(number, definition, Yard.ONE_TASK);
  }

  private Start request(int number, Definition of, String text) {
    JsonNode input =
        JsonNodeFactory.instance.objectNode().put("order", number).put("customer", "somebody");
    return new Start(
        Entropy.system().uuid7(System.currentTimeMillis()).toString(),
        true,
        null,
        of,
        text,
        input,
        null,
        Map.of(),
        "bench");
  }

  private void loop(int atATime) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (StoreMemory memory = StoreMemory.ofDefaults();
        RocksStore store = RocksStore.open(directory, memory)) {
      Partition partition = partition(store);
      HeldLog log = new HeldLog(partition.consumer());
      partition.attach(log);
      log.lead(1);
      for (int round = 0; round < 5; round++) {
        long requests = 0;
        long cpu = -threads.getCurrentThreadCpuTime();
        long bytes = -threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < count; i += atATime) {
          long begun = threads.getCurrentThreadCpuTime();
          for (int k = 0; k < atATime; k++) {
            var _ = partition.start(request(i + k));
          }
          requests += threads.getCurrentThreadCpuTime() - begun;
          while (partition.doWork()) {
            Thread.onSpinWait();
          }
        }
        cpu += threads.getCurrentThreadCpuTime();
        bytes += threads.getCurrentThreadAllocatedBytes();
        System.out.printf(
            "%d executions: %.1f us CPU each (of it requests %.1f), %d bytes allocated each%n",
            count, (cpu / 1e3) / count, (requests / 1e3) / count, bytes / count);
      }
      System.out.println(partition.status());
    }
  }

  private void whole(int atATime) throws Exception {
    try (StoreMemory memory = StoreMemory.ofDefaults();
        RocksStore store = RocksStore.open(directory.resolve("store"), memory);
        DataDirectory data = DataDirectory.open(directory.resolve("log"), "bench", "n1", 0)) {
      Partition partition = partition(store);
      try (RatisLogs logs = RatisLogs.openSingle(data, LOG, Map.of("p0", partition.consumer()))) {
        partition.attach(logs.log("p0"));
        try (PartitionThread thread = new PartitionThread(partition, "partition")) {
          thread.start();
          while (partition.status().role() != PartitionStatus.Role.LEADING) {
            Thread.onSpinWait();
          }
          for (int round = 0; round < 5; round++) {
            round(partition, atATime);
          }
        }
        System.out.println(partition.status());
      }
    }
  }

  private void round(Partition partition, int atATime) throws InterruptedException {
    ended.drainPermits();
    long[] nanos = new long[count];
    AtomicLong answered = new AtomicLong();
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = -system.getProcessCpuTime();
    long begun = System.nanoTime();
    Semaphore room = new Semaphore(atATime);
    for (int i = 0; i < count; i++) {
      room.acquire();
      long at = System.nanoTime();
      var _ =
          partition
              .start(request(i))
              .whenComplete((_, _) -> {
                nanos[(int) answered.getAndIncrement()] = System.nanoTime() - at;
                room.release();
              });
    }
    ended.acquire(count);
    double seconds = (System.nanoTime() - begun) / 1e9;
    cpu += system.getProcessCpuTime();
    Arrays.sort(nanos);
    System.out.printf(
        "%d at a time: %.0f executions/s, start p50 %.2f ms p99 %.2f ms, %.1f us CPU of the process each%n",
        atATime,
        count / seconds,
        nanos[count / 2] / 1e6,
        nanos[count * 99 / 100] / 1e6,
        (cpu / 1e3) / count);
  }

  private void wait(int atATime) {
    try (StoreMemory memory = StoreMemory.ofDefaults();
        RocksStore store = RocksStore.open(directory, memory)) {
      Partition partition = partition(store);
      HeldLog log = new HeldLog(partition.consumer());
      partition.attach(log);
      log.lead(1);
      for (int i = 0; i < count; i += atATime) {
        for (int k = 0; k < atATime; k++) {
          var _ =
              partition.start(
                  request(i + k, waiting, Yard.ONE_WAIT.replace("seconds: 10", "days: 10")));
        }
        while (partition.doWork()) {
          Thread.onSpinWait();
        }
      }
      System.out.printf("%d wait: %d MiB of heap%n", count, heap());
      log.follow();
      partition.doWork();
      long begun = System.nanoTime();
      log.lead(2);
      while (partition.doWork()) {
        Thread.onSpinWait();
      }
      System.out.printf(
          "leading again after %d ms with %d MiB of heap%n",
          (System.nanoTime() - begun) / 1_000_000, heap());
      System.out.println(partition.status());
    }
  }

  private static long heap() {
    System.gc();
    return (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20;
  }
}
