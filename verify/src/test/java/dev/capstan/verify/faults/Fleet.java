package dev.capstan.verify.faults;

import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.cli.cluster.OwnProgram;
import dev.capstan.node.config.HostPort;
import dev.capstan.security.tls.Credential;
import dev.capstan.verify.lab.QuickStart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Coordinators and workers as processes with certificates, and what is done to them. */
final class Fleet implements AutoCloseable {
  private static final String PORTS = "ports";
  private static final String PRINTED = "printed.log";
  private static final String SECURITY = "security";

  private final Path folder;
  private final LocalCluster processes;
  private final ClusterView view;

  Fleet(Path folder, int coordinators, int workers) throws IOException, InterruptedException {
    this(folder, coordinators, workers, 1);
  }

  /** With the state divided into so many partitions. */
  Fleet(Path folder, int coordinators, int workers, int partitions)
      throws IOException, InterruptedException {
    this.folder = folder;
    Path launcher = QuickStart.launcher(folder, "-Xmx512m");
    Map<String, String> environment = Map.of(OwnProgram.VARIABLE, launcher.toString());
    processes = new LocalCluster(folder, environment, _ -> {}).withPartitions(partitions);
    try {
      processes.start(coordinators, workers);
    } catch (IOException | InterruptedException | RuntimeException e) {
      processes.close();
      throw e;
    }
    view = new ClusterView(Credential.read(processes.credentialFile()));
  }

  ClusterView view() {
    return view;
  }

  /** What proves to the cluster who asks. */
  Credential credential() {
    return Credential.read(processes.credentialFile());
  }

  /** Where workers and clients of gRPC reach a coordinator. */
  HostPort grpc(String coordinator) {
    return processes.grpc(coordinator);
  }

  /**
   * Takes from a coordinator that has ended what it had on its disk.
   *
   * @param keys whether those are lost too
   */
  void loseDisk(String coordinator, boolean keys) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(coordinator))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        // Which ports it has is not its own knowledge, but that of whoever starts it.
        if (!name.equals(PORTS) && (keys || !name.equals(SECURITY))) {
          delete(file);
        }
      }
    }
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Starts a node that refuses to; answers what it says. */
  String refusedStart(String name) throws IOException {
    Path said = folder.resolve(name).resolve(PRINTED);
    Files.deleteIfExists(said);
    processes.restart(name);
    awaitEnd(name);
    return Files.readString(said);
  }

  /** A new coordinator on the machine of a former one: other name, other keys, the same ports. */
  void replace(String former, String name) throws IOException, InterruptedException {
    Path _ = Files.createDirectories(folder.resolve(name));
    Path _ = Files.copy(folder.resolve(former).resolve(PORTS), folder.resolve(name).resolve(PORTS));
    List<String> seeds = new ArrayList<>();
    for (String each : processes.alive()) {
      if (each.startsWith("c")) {
        seeds.add(processes.grpc(each).toString());
      }
    }
    processes.add(name, List.of("--seeds", String.join(",", seeds)));
  }

  /** Kills processes at once as the kernel does: no hook runs, nothing is flushed. */
  void kill(String... names) {
    List<ProcessHandle> those =
        Stream.of(names).map(name -> ProcessHandle.of(processes.pid(name)).orElseThrow()).toList();
    those.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : those) {
      Object _ = process.onExit().join();
    }
  }

  /** Lets a node stop in order; returns when its process has ended. */
  void stop(String name) throws InterruptedException {
    processes.stop(name);
  }

  /** One more node, which joins with a token of its own. */
  void add(String name) throws IOException, InterruptedException {
    processes.add(name);
  }

  /** Returns when the process of a node has ended. */
  void awaitEnd(String name) {
    Awaitility.await()
        .atMost(ClusterView.PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !processes.alive().contains(name));
  }

  /** Starts a process again that was killed. */
  void restart(String name) throws IOException {
    processes.restart(name);
  }

  /** Stops all threads of a process; returns when the kernel says that it is so. */
  void pause(String name) {
    signal("STOP", name);
    Awaitility.await()
        .atMost(ClusterView.PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> state(name) == 'T');
  }

  /** Lets a process go on. */
  void go(String name) {
    signal("CONT", name);
  }

  private char state(String name) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(processes.pid(name)), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " is gone", e);
    }
  }

  private void signal(String signal, String name) {
    try {
      Process kill =
          new ProcessBuilder("sh", "-c", "kill -" + signal + " " + processes.pid(name))
              .inheritIO()
              .start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException(name + " does not take " + signal);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    view.close();
    processes.close();
  }
}
