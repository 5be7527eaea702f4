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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One of two coordinators is put out, and the other one is killed before it has taken its vote. */
class PutOutOfTwoTest {
  @TempDir Path directory;
  private Shell shell;
  private final Map<String, Started> nodes = new LinkedHashMap<>();
  private final Map<String, List<Integer>> ports = new LinkedHashMap<>();

  @BeforeEach
  void make() throws IOException {
    shell = Shell.in(directory);
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
    Ended made = shell.run(words("c1", "cluster", "init", "--no-start"));
    assertThat(made.exitCode()).as(made.err()).isZero();
    shell = shell.with("CAPSTAN_CREDENTIAL", directory.resolve("c1/admin.credential").toString());
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

  @AfterEach
  void stop() {
    nodes.values().forEach(Started::close);
  }

  private void start(String name, String... more) {
    List<String> arguments = new ArrayList<>(List.of(words(name, "server")));
    arguments.addAll(List.of(more));
    nodes.put(name, shell.start(arguments.toArray(String[]::new)));
    node(name).awaitTalk("is ready");
  }

  private Started node(String name) {
    return Objects.requireNonNull(nodes.get(name), name);
  }

  private String[] words(String name, String... first) {
    return Stream.concat(
            Stream.of(first),
            Stream.of(
                "--config",
                "node.yaml",
                "--name",
                name,
                "--data",
                name,
                "--seeds",
                "127.0.0.1:" + port("c1", 0),
                "--bind",
                "127.0.0.1",
                "--grpc-port",
                port(name, 0),
                "--http-port",
                port(name, 1),
                "--peer-port",
                port(name, 2)))
        .toArray(String[]::new);
  }

  private String port(String name, int which) {
    return ports
        .computeIfAbsent(name, _ -> List.of(FreePorts.next(), FreePorts.next(), FreePorts.next()))
        .get(which)
        .toString();
  }

  private String log(String node) {
    try {
      return Files.readString(directory.resolve(node).resolve("capstan.log.0"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void itStaysUntilTheOtherOneIsBackAndNeedsItNoMore() {
    Started leaving = node("c2");
    // Not awaited: the vote is taken away a second after the row.
    try (Started _ = shell.start("cluster", "remove", "c2")) {
      leaving.awaitUntil("it hears of it", () -> log("c2").contains("c2 was put out"));
      node("c1").kill();
    }
    // Where this took so long that its vote was gone before, there is nothing to wait for.
    leaving.awaitUntil(
        "it says that it stays",
        () -> log("c2").contains("still has its vote") || log("c2").contains("serves no more"));

    start("c1");
    Ended gone = leaving.awaitEnd();
    assertThat(gone.err()).contains("Coordinator c2 was put out of the cluster");
    Ended run = shell.run("run", "hello.yaml");
    assertThat(run.exitCode()).as(run.err()).isZero();
  }
}
