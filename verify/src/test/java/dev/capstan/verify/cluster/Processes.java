package dev.capstan.verify.cluster;

import dev.capstan.cli.cluster.FreePorts;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Three coordinators as processes, and workers of this process that have a way to each. */
final class Processes implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);

  private final Path folder;
  private final List<Integer> ports = Stream.generate(FreePorts::next).limit(9).toList();
  private final Map<String, Process> running = new TreeMap<>();
  private final List<Worker> workers = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();

  Processes(Path folder) throws IOException {
    this.folder = folder;
    for (String name : ClusterNode.MEMBERS) {
      start(name);
    }
  }

  /** Starts a coordinator; returns when it takes requests. */
  void start(String name) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                ClusterNode.class.getName(),
                folder.toString(),
                Integer.toString(ClusterNode.MEMBERS.indexOf(name))));
    ports.forEach(port -> command.add(port.toString()));
    Path log = folder.resolve(name + ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    running.put(name, process);
    awaitReady(process, READY_WITHIN, name + ", whose log is " + log);
  }

  /**
   * Returns when a process has printed that it is ready; reads what it prints later, too.
   *
   * @throws IOException when it has not within that time, or has ended before
   */
  static void awaitReady(Process process, Duration within, String what) throws IOException {
    CompletableFuture<Boolean> ready = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (Stream<String> lines = process.inputReader(StandardCharsets.UTF_8).lines()) {
            lines.filter("ready"::equals).forEach(_ -> ready.complete(true));
          } catch (UncheckedIOException killed) {
            // The stream of a process that is killed is closed under its reader.
          } finally {
            ready.complete(false);
          }
        });
    boolean isReady;
    try {
      isReady = ready.get(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("not ready within " + within + ": " + what, e);
    } catch (ExecutionException | InterruptedException e) {
      throw new IOException("nobody waits any more for " + what, e);
    }
    if (!isReady) {
      throw new IOException("ended before it was ready: " + what);
    }
  }

  /** Kills a coordinator as the kernel does: no hook runs, nothing is flushed. */
  void kill(String name) throws InterruptedException {
    Process process = running.remove(name);
    if (process == null) {
      throw new AssertionError(name + " does not run");
    }
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new AssertionError("process " + process.pid() + " does not die");
    }
  }

  /** Where the HTTP API of a coordinator is. */
  URI door(String name) {
    return URI.create("http://127.0.0.1:" + ports.get(ClusterNode.MEMBERS.indexOf(name) + 3));
  }

  /** A worker with a way to every coordinator. */
  void work(String name, int slots) {
    WorkerOptions options =
        WorkerOptions.builder(name).slots(slots).workingDirectory(folder.resolve(name)).build();
    List<ManagedChannel> ways = new ArrayList<>();
    for (int port : ports.subList(6, 9)) {
      ways.add(NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build());
    }
    channels.addAll(ways);
    Worker worker = Worker.connect(ways.getFirst(), options);
    ways.stream().skip(1).forEach(worker::attach);
    workers.add(worker);
  }

  @Override
  public void close() {
    workers.forEach(Worker::close);
    channels.forEach(ManagedChannel::shutdownNow);
    running.values().forEach(Process::destroyForcibly);
    running.values().forEach(process -> process.onExit().join());
  }
}
