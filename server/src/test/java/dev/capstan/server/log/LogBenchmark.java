package dev.capstan.server.log;

import com.sun.management.OperatingSystemMXBean;
import dev.capstan.node.env.DataDirectory;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Measures the log of one replica: closed loop at several sizes and depths, start to leader, and
 * CPU at rest. Prints a table. Arguments: directory, seconds for each measurement.
 */
final class LogBenchmark {
  private LogBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments.length > 0 ? arguments[0] : "target/log-benchmark");
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    delete(root);
    long begun = System.nanoTime();
    Sink sink = new Sink();
    try (DataDirectory directory = DataDirectory.open(root, "bench", "n1", 0);
        RatisLogs logs =
            RatisLogs.openSingle(directory, LogOptions.ofDefaults(), Map.of("p0", sink))) {
      sink.leader.await();
      System.out.printf("first start to leader: %d ms%n", millisSince(begun));
      ReplicatedLog log = logs.log("p0");
      run(log, 1024, 1, 2);
      System.out.println(
          "bytes  in flight   per s    MB/s   p50 ms   p99 ms   max ms  cpu us/entry");
      for (int size : new int[] {256, 1024, 4096, 32768}) {
        for (int depth : new int[] {1, 16, 256}) {
          System.out.println(run(log, size, depth, seconds));
        }
      }
      idle("leader at rest");
    }
    for (int i = 0; i < 3; i++) {
      restart(root);
    }
    delete(root);
  }

  private static void restart(Path root) throws Exception {
    long begun = System.nanoTime();
    Sink fresh = new Sink();
    try (DataDirectory directory = DataDirectory.open(root, "bench", "n1", 0);
        RatisLogs logs =
            RatisLogs.openSingle(directory, LogOptions.ofDefaults(), Map.of("p0", fresh))) {
      fresh.leader.await();
      System.out.printf(
          "restart to leader: %d ms with %d bytes of log%n",
          millisSince(begun), logs.log("p0").status().bytesOnDisk());
    }
  }

  private static String run(ReplicatedLog log, int size, int depth, int seconds)
      throws InterruptedException {
    int most = 2_000_000;
    long[] nanos = new long[most];
    AtomicInteger done = new AtomicInteger();
    Semaphore free = new Semaphore(depth);
    long cpu = cpuNanos();
    long begun = System.nanoTime();
    long end = begun + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < end && done.get() < most - depth) {
      free.acquire();
      long at = System.nanoTime();
      CompletableFuture<?> _ =
          log.propose(new byte[size])
              .whenComplete((index, failure) -> {
                if (failure != null) {
                  failure.printStackTrace();
                  System.exit(1);
                }
                nanos[done.getAndIncrement()] = System.nanoTime() - at;
                free.release();
              });
    }
    free.acquire(depth);
    double took = (System.nanoTime() - begun) / 1e9;
    int n = done.get();
    long[] sorted = Arrays.copyOf(nanos, n);
    Arrays.sort(sorted);
    return String.format(
        "%5d %10d %8.0f %7.1f %8.3f %8.3f %8.1f %8.0f",
        size,
        depth,
        n / took,
        n / took * size / 1e6,
        sorted[n / 2] / 1e6,
        sorted[(int) (n * 0.99)] / 1e6,
        sorted[n - 1] / 1e6,
        (cpuNanos() - cpu) / 1e3 / n);
  }

  private static void idle(String what) throws InterruptedException {
    System.gc();
    TimeUnit.SECONDS.sleep(2);
    long cpu = cpuNanos();
    TimeUnit.SECONDS.sleep(10);
    System.out.printf("%s: %.4f cores%n", what, (cpuNanos() - cpu) / 10e9);
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  private static void delete(Path root) throws Exception {
    if (Files.exists(root)) {
      try (Stream<Path> walk = Files.walk(root)) {
        for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** Applies nothing. */
  private static final class Sink implements LogConsumer {
    private final CountDownLatch leader = new CountDownLatch(1);
    private volatile long applied = -1;

    @Override
    public long appliedIndex() {
      return -1;
    }

    @Override
    public void apply(long index, ByteBuffer entry) {
      applied = index;
    }

    @Override
    public void becameLeader(long term) {
      leader.countDown();
    }

    @Override
    public void becameFollower(long term) {}

    @Override
    public long checkpoint(Path directory) {
      try {
        Files.createDirectory(directory);
        Files.writeString(directory.resolve("index"), Long.toString(applied));
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      return applied;
    }

    @Override
    public void install(Path directory) {}

    @Override
    public void failed(Throwable cause) {
      cause.printStackTrace();
    }
  }
}
