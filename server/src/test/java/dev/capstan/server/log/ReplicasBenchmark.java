package dev.capstan.server.log;

import com.sun.management.OperatingSystemMXBean;
import dev.capstan.node.env.DataDirectory;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One of several replicas in processes of their own; the one that leads measures. Arguments:
 * directory, node number from 0, number of nodes, first port, seconds for each row, and a folder
 * with {@code ca.pem}, {@code node.pem} and {@code node.key}, or {@code plain}.
 */
final class ReplicasBenchmark {
  private ReplicasBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int self = Integer.parseInt(arguments[1]);
    int nodes = Integer.parseInt(arguments[2]);
    int port = Integer.parseInt(arguments[3]);
    int seconds = Integer.parseInt(arguments[4]);
    Map<String, InetSocketAddress> addresses = new LinkedHashMap<>();
    List<String> members = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      members.add("n" + i);
      addresses.put("n" + i, at(port + i));
    }
    ServerCredentials server = InsecureServerCredentials.create();
    ChannelCredentials channel = InsecureChannelCredentials.create();
    if (!arguments[5].equals("plain")) {
      Path tls = Path.of(arguments[5]);
      server =
          TlsServerCredentials.newBuilder()
              .keyManager(tls.resolve("node.pem").toFile(), tls.resolve("node.key").toFile())
              .trustManager(tls.resolve("ca.pem").toFile())
              .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
              .build();
      channel =
          TlsChannelCredentials.newBuilder()
              .keyManager(tls.resolve("node.pem").toFile(), tls.resolve("node.key").toFile())
              .trustManager(tls.resolve("ca.pem").toFile())
              .build();
    }
    GrpcPeers network = new GrpcPeers(at(port + self), server, channel, addresses, 16 << 20);
    Sink sink = new Sink();
    try (DataDirectory directory =
            DataDirectory.open(Path.of(arguments[0]), "bench", "n" + self, 0);
        RatisLogs logs =
            RatisLogs.openReplicas(
                directory,
                LogOptions.ofDefaults(),
                Map.of("p0", sink),
                network,
                members,
                Duration.ofMillis(300))) {
      ReplicatedLog log = logs.log("p0");
      long begun = System.nanoTime();
      while (true) {
        if (!sink.leader.await(5, TimeUnit.SECONDS)) {
          System.out.printf(
              "n%d follows, applied %d, cpu so far %.1f s%n", self, sink.applied, cpuNanos() / 1e9);
          if (System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(180)) {
            return;
          }
          continue;
        }
        measure(log, self, seconds);
        return;
      }
    }
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static void measure(ReplicatedLog log, int self, int seconds) throws Exception {
    System.out.println("n" + self + " leads");
    closed(log, 1024, 16, 8);
    System.out.println(
        "loop    bytes  depth or rate     per s   p50 ms   p99 ms   max ms  leader cpu us/entry");
    for (int[] row : new int[][] {{4096, 1}, {4096, 16}, {4096, 256}, {32768, 1}, {32768, 16}}) {
      System.out.println(closed(log, row[0], row[1], seconds));
    }
    for (int rate : new int[] {100, 300, 1_000, 3_000}) {
      System.out.println(open(log, 4096, rate, seconds));
    }
  }

  private static String closed(ReplicatedLog log, int size, int depth, int seconds)
      throws InterruptedException {
    Latencies latencies = new Latencies();
    Semaphore free = new Semaphore(depth);
    long cpu = cpuNanos();
    long begun = System.nanoTime();
    long end = begun + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < end) {
      free.acquire();
      send(log, size, latencies, free::release);
    }
    free.acquire(depth);
    return latencies.row("closed", size, depth, begun, cpu);
  }

  private static String open(ReplicatedLog log, int size, int rate, int seconds)
      throws InterruptedException {
    Latencies latencies = new Latencies();
    Semaphore free = new Semaphore(2_000);
    long cpu = cpuNanos();
    long begun = System.nanoTime();
    for (int i = 0; i < rate * seconds; i++) {
      long wait = begun + i * 1_000_000_000L / rate - System.nanoTime();
      if (wait > 0) {
        TimeUnit.NANOSECONDS.sleep(wait);
      }
      free.acquire();
      send(log, size, latencies, free::release);
    }
    free.acquire(2_000);
    return latencies.row("open", size, rate, begun, cpu);
  }

  private static void send(ReplicatedLog log, int size, Latencies latencies, Runnable done) {
    long at = System.nanoTime();
    CompletableFuture<?> _ =
        log.propose(new byte[size])
            .whenComplete((index, failure) -> {
              if (failure != null) {
                System.out.println("failed: " + failure);
              }
              latencies.add(System.nanoTime() - at);
              done.run();
            });
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static final class Latencies {
    private final long[] nanos = new long[1_000_000];
    private final AtomicInteger count = new AtomicInteger();

    void add(long value) {
      nanos[Math.min(count.getAndIncrement(), nanos.length - 1)] = value;
    }

    String row(String loop, int size, int depth, long begun, long cpu) {
      double took = (System.nanoTime() - begun) / 1e9;
      int n = count.get();
      long[] sorted = Arrays.copyOf(nanos, n);
      Arrays.sort(sorted);
      return String.format(
          Locale.ROOT,
          "%-6s %6d %14d %9.0f %8.2f %8.2f %8.1f %10.0f",
          loop,
          size,
          depth,
          n / took,
          sorted[n / 2] / 1e6,
          sorted[(int) (n * 0.99)] / 1e6,
          sorted[n - 1] / 1e6,
          (cpuNanos() - cpu) / 1e3 / n);
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
    public void becameFollower(long term) {
      System.out.println("leads no more, term " + term);
    }

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
