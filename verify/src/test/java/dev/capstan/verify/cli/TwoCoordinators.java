package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.cli.cluster.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** A cluster of the coordinators {@code c1} and {@code c2}, each a process. */
final class TwoCoordinators implements AutoCloseable {
  private final Path directory;
  private final Shell shell;
  private final Map<String, Started> nodes = new LinkedHashMap<>();
  private final Map<String, List<Integer>> ports = new LinkedHashMap<>();

  private TwoCoordinators(Path directory) throws IOException {
    this.directory = directory;
    Files.writeString(
        directory.resolve("node.yaml"),
        "distributed_workflow_engine: { node_discovery: { protocol: static } }\n");
    Files.writeString(
        directory.resolve("hello.yaml"),
        """
        document: { dsl: '1.0.3', namespace: test, name: hello, version: '1.0.0' }
        do:
          - greet: { set: { message: hello } }
        """);
    Shell unknown = Shell.in(directory);
    Ended made = unknown.run(words("c1", "c1", "cluster", "init", "--no-start"));
    assertThat(made.exitCode()).as(made.err()).isZero();
    shell = unknown.with("CAPSTAN_CREDENTIAL", directory.resolve("c1/admin.credential").toString());
  }

  /** Makes one, and waits until both replicate. */
  static TwoCoordinators in(Path directory) throws IOException {
    TwoCoordinators made = new TwoCoordinators(directory);
    try {
      made.begin();
      return made;
    } catch (RuntimeException | Error e) {
      made.close();
      throw e;
    }
  }

  private void begin() {
    start("c1");
    Ended token = shell.run("cluster", "join-token", "--role", "coordinator");
    assertThat(token.exitCode()).as(token.err()).isZero();
    start("c2", "--join", token.out().strip());
    node("c1")
        .awaitUntil(
            "two replicas",
            () ->
                shell
                    .run("cluster", "status")
                    .out()
                    .matches("(?s).*\\b(leader|follower)\\b.*" + "\\b(leader|follower)\\b.*"));
  }

  /** A command with the administrator's credential. */
  Shell shell() {
    return shell;
  }

  /** Starts one of them on its own directory, and waits until it is ready. */
  void start(String name, String... more) {
    Started started = begin(name, name, more);
    nodes.put(name, started);
    started.awaitTalk("is ready");
  }

  /** Starts one on another directory and on ports that belong to that; waits for nothing. */
  Started begin(String name, String data, String... more) {
    List<String> arguments = new ArrayList<>(List.of(words(name, data, "server")));
    arguments.addAll(List.of(more));
    return shell.start(arguments.toArray(String[]::new));
  }

  Started node(String name) {
    return Objects.requireNonNull(nodes.get(name), name);
  }

  private String[] words(String name, String data, String... first) {
    return Stream.concat(
            Stream.of(first),
            Stream.of(
                "--config",
                "node.yaml",
                "--name",
                name,
                "--data",
                data,
                "--seeds",
                "127.0.0.1:" + port("c1", 0),
                "--bind",
                "127.0.0.1",
                "--grpc-port",
                port(data, 0),
                "--http-port",
                port(data, 1),
                "--peer-port",
                peerPort(data)))
        .toArray(String[]::new);
  }

  /** The port towards other coordinators of the one on that directory. */
  String peerPort(String data) {
    return port(data, 2);
  }

  private String port(String data, int which) {
    return ports
        .computeIfAbsent(data, _ -> List.of(FreePorts.next(), FreePorts.next(), FreePorts.next()))
        .get(which)
        .toString();
  }

  /** What the process on a directory has logged. */
  String log(String data) {
    try {
      return Files.readString(directory.resolve(data).resolve("capstan.log.0"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    nodes.values().forEach(Started::close);
  }
}
