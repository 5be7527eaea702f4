package dev.capstan.verify.faults;

import dev.capstan.cli.Capstan;
import dev.capstan.client.CapstanClient;
import dev.capstan.security.tls.Credential;
import dev.capstan.verify.lab.Host;
import dev.capstan.verify.lab.HostProcess;
import dev.capstan.verify.lab.Lab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Coordinators and workers with certificates, each the program in a process on a host of its own.
 * The clients are in this process, and reach every coordinator whatever is done to the network
 * between the hosts.
 */
final class NetworkedFleet implements AutoCloseable {
  private static final String HTTP = "8080";
  private static final String GRPC = "9090";
  private static final String PEERS = "7400";
  private static final Duration TOKEN_LIFE = Duration.ofMinutes(15);

  private final Lab lab;
  private final Path folder;
  private final Map<String, Host> hosts = new TreeMap<>();
  private final ClusterView view;

  /**
   * Starts coordinators c1 and on and workers w1 and on; returns when all belong together.
   *
   * @param partitions into which the state is divided
   */
  static NetworkedFleet start(Path folder, int coordinators, int workers, int partitions)
      throws IOException {
    Lab lab = Lab.open();
    try {
      return new NetworkedFleet(lab, folder, coordinators, workers, partitions);
    } catch (IOException | RuntimeException e) {
      lab.close();
      throw e;
    }
  }

  private NetworkedFleet(Lab lab, Path folder, int coordinators, int workers, int partitions)
      throws IOException {
    this.lab = lab;
    this.folder = folder;
    Files.writeString(
        folder.resolve("node.yaml"),
        """
        distributed_workflow_engine:
          node_discovery: { protocol: static }
          consensus: { partitions: %d }
        """
            .formatted(partitions));
    List<String> leaders = names("c", coordinators);
    leaders.forEach(name -> hosts.put(name, lab.host(name)));
    List<String> init = new ArrayList<>(List.of("cluster", "init", "--no-start"));
    init.addAll(node("c1"));
    init.addAll(listening("c1"));
    HostProcess made = program("c1", init);
    made.awaitEnd();
    Credential credential =
        Credential.read(folder.resolve("c1").resolve(Credential.ADMINISTRATOR))
            .at(leaders.stream().map(this::door).toList());
    server("c1", List.of());
    this.view = new ClusterView(credential);
    String _ = view.leader();
    leaders.stream().skip(1).forEach(name -> server(name, token("coordinator", name)));
    for (String name : names("w", workers)) {
      hosts.put(name, lab.host(name));
      List<String> arguments = new ArrayList<>(List.of("worker"));
      arguments.addAll(node(name));
      arguments.addAll(token("worker", name));
      HostProcess _ = program(name, arguments);
      view.awaitStatus(name, "active");
    }
    view.awaitComplete(coordinators);
  }

  private static List<String> names(String prefix, int count) {
    return IntStream.rangeClosed(1, count).mapToObj(number -> prefix + number).toList();
  }

  private List<String> token(String role, String node) {
    return List.of(
        "--join", CapstanClient.await(view.client().invite(role, node, TOKEN_LIFE)).token());
  }

  private void server(String name, List<String> more) {
    List<String> arguments = new ArrayList<>(List.of("server"));
    arguments.addAll(node(name));
    arguments.addAll(listening(name));
    arguments.addAll(more);
    HostProcess _ = program(name, arguments);
  }

  private List<String> node(String name) {
    return List.of(
        "--config",
        folder.resolve("node.yaml").toString(),
        "--name",
        name,
        "--data",
        folder.resolve(name).toString(),
        "--seeds",
        host("c1").address() + ":" + GRPC);
  }

  private List<String> listening(String name) {
    return List.of(
        "--bind", host(name).address(),
        "--grpc-port", GRPC,
        "--http-port", HTTP,
        "--peer-port", PEERS);
  }

  private HostProcess program(String name, List<String> arguments) {
    return host(name)
        .java(
            Capstan.class,
            List.of("-Xmx512m", "-XX:MetaspaceSize=128m", "-XX:TieredStopAtLevel=1"),
            arguments,
            folder.resolve(name + ".log"));
  }

  /** Where this process reaches a coordinator. */
  private String door(String name) {
    InetSocketAddress door = host(name).door(Integer.parseInt(HTTP));
    return "https://127.0.0.1:" + door.getPort();
  }

  ClusterView view() {
    return view;
  }

  Lab lab() {
    return lab;
  }

  Host host(String name) {
    Host host = hosts.get(name);
    if (host == null) {
      throw new NoSuchElementException(name + " is none of " + hosts.keySet());
    }
    return host;
  }

  @Override
  public void close() {
    view.close();
    lab.close();
  }
}
