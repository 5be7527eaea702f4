package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.cli.cluster.FreePorts;
import dev.capstan.node.discovery.NameServerStub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

/** Coordinators that know of each other what a name server tells, as processes. */
class JoinByNameTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String SERVICES = "_capstan._tcp.example";
  private static final String ADDRESSES = "coordinators.example";

  @TempDir Path directory;
  private NameServerStub names;
  private Shell shell;
  private final Map<String, Started> nodes = new LinkedHashMap<>();
  private final List<Integer> ports = List.of(FreePorts.next(), FreePorts.next(), FreePorts.next());

  @BeforeEach
  void make() throws IOException {
    names = new NameServerStub();
    shell = Shell.in(directory);
    Files.writeString(
        directory.resolve("hello.yaml"),
        """
        document: { dsl: '1.0.3', namespace: test, name: hello, version: '1.0.0' }
        do:
          - greet: { set: { message: hello } }
        """);
    // The first one has a name of its own, so that the questions for the others' are theirs.
    configure("c1", "dns_name: first.example");
    Ended made = shell.run(words("c1", "cluster", "init", "--no-start"));
    assertThat(made.exitCode()).as(made.err()).isZero();
    shell = shell.with("CAPSTAN_CREDENTIAL", directory.resolve("c1/admin.credential").toString());
    start("c1").awaitTalk("is ready");
  }

  @AfterEach
  void stop() {
    nodes.values().forEach(Started::close);
    names.close();
  }

  private void configure(String name, String discovery) throws IOException {
    Files.writeString(
        directory.resolve(name + ".yaml"),
        """
        distributed_workflow_engine:
          node_discovery: { protocol: dns, heartbeat_interval: 500ms, %s }
          consensus: { election_timeout: 1s }
        """
            .formatted(discovery));
  }

  /** No seeds: whoever is to be found is found by name. */
  private String[] words(String name, String... first) {
    boolean one = name.equals("c1");
    return Stream.concat(
            Stream.of(first),
            Stream.of(
                "--config=" + name + ".yaml",
                "--name=" + name,
                "--data=" + name,
                "--bind=127.0.0.1",
                "--grpc-port=" + (one ? ports.get(0) : FreePorts.next()),
                "--http-port=" + (one ? ports.get(1) : FreePorts.next()),
                "--peer-port=" + (one ? ports.get(2) : FreePorts.next())))
        .toArray(String[]::new);
  }

  /** With the name server of this test in the place of the machine's. */
  private Started start(String name, String... more) {
    List<String> command = Shell.program();
    command.add(command.size() - 1, "-Djava.naming.provider.url=" + names.url());
    command.addAll(List.of(words(name, "server")));
    command.addAll(List.of(more));
    Started started = shell.launch(command);
    nodes.put(name, started);
    return started;
  }

  /** Asked again while a coordinator comes, since the one that leads may change. */
  private String token() {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> shell.run("cluster", "join-token", "--role", "coordinator"),
            ended -> ended.exitCode() == 0)
        .out()
        .strip();
  }

  private Started joining(String name, String discovery) throws IOException {
    configure(name, discovery);
    return start(name, "--join", token());
  }

  private void awaitRoles(String... roles) {
    Started first = Objects.requireNonNull(nodes.get("c1"));
    first.awaitUntil(
        List.of(roles).toString(),
        () -> {
          Ended shown = shell.run("cluster", "status", "--output", "json");
          List<String> found = new ArrayList<>();
          if (shown.exitCode() == 0) {
            shown
                .json()
                .path("coordinators")
                .forEach(each -> found.add(each.path("role").asText()));
          }
          return found.stream().sorted().toList().equals(List.of(roles));
        });
  }

  @Test
  void coordinatorsJoinWhatARecordOfServicesNamesAndWhatHasAnAddress() throws IOException {
    Started second = joining("c2", "dns_name: " + SERVICES);
    second.awaitUntil("it asks for what has no record yet", () -> names.asked(SERVICES) > 2);
    assertThat(second.err()).doesNotContain("is ready");

    names.services(SERVICES, new NameServerStub.Service(0, 0, ports.getFirst(), "localhost"));
    second.awaitTalk("is ready");
    awaitRoles("follower", "leader");

    names.addresses(ADDRESSES, "127.0.0.1");
    joining("c3", "dns_name: " + ADDRESSES + ", port: " + ports.getFirst()).awaitTalk("is ready");
    awaitRoles("follower", "follower", "leader");
    assertThat(names.asked(ADDRESSES)).isPositive();
    Ended run = shell.run("run", "hello.yaml");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("hello");
  }
}
