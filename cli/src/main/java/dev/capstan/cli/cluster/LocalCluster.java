package dev.capstan.cli.cluster;

import dev.capstan.cli.local.ServerNote;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.JoinToken;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.Credential;
import dev.capstan.security.token.ApiKey;
import dev.capstan.server.membership.NewCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of real processes on loopback, to try things out: coordinators {@code c1}, {@code c2}
 * and so on, workers {@code w1} and so on, each with a directory of its own name. The directory is
 * that of one cluster; started again, its nodes go on. For one thread.
 */
public final class LocalCluster implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String CLUSTER = "local";
  private static final int MOST_COORDINATORS = 5;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final Duration TOKEN_LIFE = Duration.ofMinutes(15);

  private final Path directory;
  private final Map<String, String> environment;
  private final Consumer<String> progress;
  private final Map<String, Process> processes = new LinkedHashMap<>();
  private final Map<String, Instant> begun = new HashMap<>();
  private final Map<String, List<String>> options = new HashMap<>();
  private int partitions = 1;

  /**
   * A cluster in a directory, not started.
   *
   * @param environment of the nodes' processes, on top of what this one has
   * @param progress is told what happens
   */
  public LocalCluster(Path directory, Map<String, String> environment, Consumer<String> progress) {
    this.directory = directory;
    this.environment = environment;
    this.progress = progress;
  }

  /**
   * Into how many partitions the state of the cluster is divided when it is made; 1 without this.
   */
  public LocalCluster withPartitions(int count) {
    partitions = count;
    return this;
  }

  /**
   * Starts all nodes, and makes those that are not there yet; returns when all belong to the
   * cluster and serve.
   *
   * @throws CliFailure if one does not start
   */
  public void start(int coordinators, int workers) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    NodeHome first = NodeHome.open(directory.resolve("c1"));
    if (first.identity() == null) {
      found(first);
    } else {
      requireAsItWas(first, coordinators);
    }
    startCoordinator(1, null);
    awaitServing("c1");
    try (CapstanClient client = client()) {
      for (int i = 2; i <= coordinators; i++) {
        startCoordinator(i, token(client, "coordinator", "c" + i));
      }
      for (int i = 1; i <= workers; i++) {
        startWorker(i, token(client, "worker", "w" + i));
      }
      for (int i = 2; i <= coordinators; i++) {
        awaitServing("c" + i);
      }
      credential().at(servers(coordinators)).write(credentialFile());
      awaitWorkers(client, workers);
    }
  }

  /** Fewer coordinators than it had might be no majority, and the number of partitions stays. */
  private void requireAsItWas(NodeHome first, int coordinators) {
    int before =
        IntStream.rangeClosed(1, MOST_COORDINATORS)
            .filter(number -> NodeHome.isOne(directory.resolve("c" + number)))
            .max()
            .orElse(1);
    if (coordinators < before) {
      throw CliFailure.misuse(
          "the cluster in " + directory + " has " + before + " coordinators, not " + coordinators,
          "go on with it: --local " + before + "\nor make another one: --data DIR");
    }
    if (partitions > 1 && partitions != first.partitions()) {
      throw CliFailure.misuse(
          "the state of the cluster in "
              + directory
              + " is in "
              + first.partitions()
              + " partitions for ever, not "
              + partitions,
          "leave --partitions away\nor make another one: --data DIR");
    }
  }

  private void found(NodeHome home) throws IOException {
    CoordinatorPlace place =
        new CoordinatorPlace(
            "c1",
            new HostPort(LOOPBACK, FreePorts.next()),
            new HostPort(LOOPBACK, FreePorts.next()),
            new HostPort(LOOPBACK, FreePorts.next()));
    writePorts("c1", place);
    ApiKey key = NewCluster.create(home, CLUSTER, place, partitions, Instant.now());
    new Credential(
            CLUSTER,
            List.of("https://" + place.http()),
            key.text(),
            home.keys().trusted(Purpose.NODES).getFirst())
        .write(credentialFile());
  }

  /** What proves to this cluster who asks, for the command line. */
  public Path credentialFile() {
    return directory.resolve(Credential.ADMINISTRATOR);
  }

  private Credential credential() {
    return Credential.read(credentialFile());
  }

  private CapstanClient client() {
    Credential credential = credential();
    return CapstanClient.builder()
        .servers(credential.servers())
        .token(credential.key())
        .tls(credential.tls())
        .build();
  }

  private List<String> servers(int coordinators) {
    List<String> servers = new ArrayList<>();
    for (int i = 1; i <= coordinators; i++) {
      servers.add("https://" + place("c" + i).http());
    }
    return servers;
  }

  /** A token for a node that has not joined yet; null for one that has. */
  private @Nullable String token(CapstanClient client, String role, String node) {
    if (NodeHome.open(directory.resolve(node)).identity() != null) {
      return null;
    }
    JoinToken token = CapstanClient.await(client.invite(role, node, TOKEN_LIFE));
    return token.token();
  }

  private void startCoordinator(int number, @Nullable String token) throws IOException {
    String name = "c" + number;
    if (!Files.exists(ports(name))) {
      writePorts(
          name,
          new CoordinatorPlace(
              name,
              new HostPort(LOOPBACK, FreePorts.next()),
              new HostPort(LOOPBACK, FreePorts.next()),
              new HostPort(LOOPBACK, FreePorts.next())));
    }
    CoordinatorPlace place = place(name);
    start(
        "server",
        name,
        token,
        List.of(
            "--bind", LOOPBACK,
            "--http-port", Integer.toString(place.http().port()),
            "--grpc-port", Integer.toString(place.grpc().port()),
            "--peer-port", Integer.toString(place.peer().port())));
  }

  private void startWorker(int number, @Nullable String token) throws IOException {
    start("worker", "w" + number, token, List.of());
  }

  private void start(String role, String name, @Nullable String token, List<String> more)
      throws IOException {
    Path data = Files.createDirectories(directory.resolve(name));
    List<String> arguments = new ArrayList<>(List.of(role, "--follow-starter", "--name", name));
    arguments.addAll(List.of("--data", data.toString(), "--config", config().toString()));
    arguments.addAll(List.of("--seeds", place("c1").grpc().toString()));
    arguments.addAll(more);
    arguments.addAll(options.getOrDefault(name, List.of()));
    if (token != null) {
      arguments.addAll(List.of("--join", token));
    }
    begun.put(name, Instant.now());
    processes.put(name, OwnProgram.start(environment, arguments, data.resolve("printed.log")));
  }

  /** These nodes know each other, and the network is not asked. */
  private Path config() throws IOException {
    Path file = directory.resolve("nodes.yaml");
    if (!Files.exists(file)) {
      Files.writeString(
          file, "distributed_workflow_engine:\n  node_discovery: { protocol: static }\n");
    }
    return file;
  }

  private Path ports(String name) {
    return directory.resolve(name).resolve("ports");
  }

  private void writePorts(String name, CoordinatorPlace place) throws IOException {
    Files.createDirectories(directory.resolve(name));
    Files.writeString(
        ports(name),
        place.grpc().port() + "\n" + place.http().port() + "\n" + place.peer().port() + "\n");
  }

  private CoordinatorPlace place(String name) {
    try {
      List<Integer> numbers =
          Files.readAllLines(ports(name)).stream().map(Integer::valueOf).toList();
      return new CoordinatorPlace(
          name,
          new HostPort(LOOPBACK, numbers.get(0)),
          new HostPort(LOOPBACK, numbers.get(1)),
          new HostPort(LOOPBACK, numbers.get(2)));
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
      throw CliFailure.misuse(
          "the file " + ports(name) + " does not hold three ports",
          "take another directory: --data DIR");
    }
  }

  private void awaitServing(String name) throws InterruptedException {
    // Another process may serve from the same directory, and then this one won't.
    await(
        name,
        () -> {
          ServerNote note = ServerNote.find(directory.resolve(name));
          return note != null && note.pid() == pid(name);
        });
    progress.accept(name + " serves at https://" + place(name).http() + ", process " + pid(name));
  }

  private void awaitWorkers(CapstanClient client, int workers) throws InterruptedException {
    for (int i = 1; i <= workers; i++) {
      awaitWorker(client, "w" + i);
    }
  }

  private void awaitWorker(CapstanClient client, String name) throws InterruptedException {
    await(
        name,
        () ->
            CapstanClient.await(client.nodes()).stream()
                .anyMatch(node -> node.id().equals(name) && node.status().equals("active")));
    progress.accept(name + " works, process " + pid(name));
  }

  /** Something that is looked at until it holds. */
  private interface Condition {
    boolean holds();
  }

  private void await(String name, Condition condition) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      Process process = processes.get(name);
      if (process == null || !process.isAlive() || System.nanoTime() - end > 0) {
        throw new CliFailure(
            ExitCode.FAILED,
            null,
            name
                + " did not start; "
                + directory.resolve(name).resolve("printed.log")
                + " says why",
            null);
      }
      Thread.sleep(LOOK_EVERY);
    }
  }

  /** Starts a node again whose process has ended; returns at once. */
  public void restart(String name) throws IOException {
    int number = Integer.parseInt(name.substring(1));
    if (name.startsWith("c")) {
      startCoordinator(number, null);
    } else {
      startWorker(number, null);
    }
  }

  /**
   * Starts one more node; returns when it belongs to the cluster and serves.
   *
   * @param name {@code c} or {@code w} and a number that no node has had
   * @throws CliFailure if it does not start
   */
  public void add(String name) throws IOException, InterruptedException {
    int number = Integer.parseInt(name.substring(1));
    try (CapstanClient client = client()) {
      if (name.startsWith("c")) {
        startCoordinator(number, token(client, "coordinator", name));
        awaitServing(name);
      } else {
        startWorker(number, token(client, "worker", name));
        awaitWorker(client, name);
      }
    }
  }

  /**
   * As {@link #add(String)}, with options of the command line that it keeps when it is started
   * again.
   */
  public void add(String name, List<String> more) throws IOException, InterruptedException {
    options.put(name, List.copyOf(more));
    add(name);
  }

  /**
   * Kills a process as the kernel does: no hook runs, nothing is flushed; returns when it is gone.
   */
  public void kill(String name) throws InterruptedException {
    Process process = process(name);
    process.destroyForcibly();
    process.waitFor();
  }

  /** Stops all threads of a process, and closes nothing. */
  public void pause(String name) throws IOException, InterruptedException {
    signal("STOP", name);
  }

  /** Lets a process go on that was paused. */
  public void go(String name) throws IOException, InterruptedException {
    signal("CONT", name);
  }

  private void signal(String signal, String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid(name)).inheritIO().start();
    if (kill.waitFor() != 0) {
      throw new IOException(name + " does not take the signal " + signal);
    }
  }

  /** Lets a node stop in order; returns when its process has ended. */
  public void stop(String node) throws InterruptedException {
    Process process = processes.get(node);
    if (process != null) {
      process.destroy();
      process.waitFor();
    }
  }

  /** Where workers and clients of gRPC reach a coordinator. */
  public HostPort grpc(String coordinator) {
    return place(coordinator).grpc();
  }

  /** What a node that is not one of these processes is configured with. */
  public Path nodeConfig() throws IOException {
    return config();
  }

  /** Where the HTTP API of a coordinator is. */
  public HostPort http(String coordinator) {
    return place(coordinator).http();
  }

  /** The process of a node. */
  public long pid(String name) {
    return process(name).pid();
  }

  private Process process(String name) {
    Process process = processes.get(name);
    if (process == null) {
      throw new IllegalArgumentException("there is no node " + name);
    }
    return process;
  }

  /** When the process of a node was started last, just before the system was asked for it. */
  public Instant begunAt(String name) {
    return Objects.requireNonNull(begun.get(name), name);
  }

  /** The nodes whose processes live. */
  public List<String> alive() {
    return processes.entrySet().stream()
        .filter(each -> each.getValue().isAlive())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Stops all: workers first, so that they hand back what they have. */
  @Override
  public void close() {
    stopAll("w");
    stopAll("c");
  }

  private void stopAll(String role) {
    List<Process> those =
        processes.entrySet().stream()
            .filter(each -> each.getKey().startsWith(role))
            .map(Map.Entry::getValue)
            .toList();
    those.forEach(Process::destroy);
    long end = System.nanoTime() + STOP.toNanos();
    for (Process process : those) {
      try {
        if (!process.waitFor(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
