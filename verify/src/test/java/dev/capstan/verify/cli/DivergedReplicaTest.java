package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.cli.cluster.FreePorts;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Cluster;
import dev.capstan.client.Coordinator;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.client.StateSync;
import dev.capstan.security.tls.Credential;
import dev.capstan.verify.cluster.AlteredState;
import java.io.IOException;
import java.io.UncheckedIOException;
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

/** One of three coordinators, as processes, comes back with a state that is not the others'. */
class DivergedReplicaTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final List<String> ALL = List.of("c1", "c2", "c3");
  private static final String DIFFERS =
      "SEVERE .*Replicas have another state than the majority at index \\d+: \\[%s\\]";
  private static final String HELLO =
      """
      document: { dsl: '1.0.3', namespace: test, name: hello, version: '1.0.0' }
      do:
        - greet: { set: { message: hello } }
      """;

  @TempDir Path directory;
  private Shell shell;
  private final Map<String, Started> nodes = new LinkedHashMap<>();
  private final Map<String, List<Integer>> ports = new LinkedHashMap<>();
  private final List<String> started = new ArrayList<>();
  private Credential credential;

  @BeforeEach
  void make() throws IOException {
    shell = Shell.in(directory);
    // Whoever compares seldom hears last that it is another one than the others.
    configure("node.yaml", "200ms");
    configure("seldom.yaml", "20s");
    Ended made = shell.run(words("c1", "node.yaml", "cluster", "init", "--no-start"));
    assertThat(made.exitCode()).as(made.err()).isZero();
    Path file = directory.resolve("c1").resolve(Credential.ADMINISTRATOR);
    credential = Credential.read(file);
    shell = shell.with("CAPSTAN_CREDENTIAL", file.toString());
    start("c1", "node.yaml");
    for (String name : List.of("c2", "c3")) {
      // Asked again while a coordinator comes, since the one that leads may change.
      Ended token =
          await()
              .atMost(PATIENCE)
              .until(
                  () -> shell.run("cluster", "join-token", "--role", "coordinator"),
                  ended -> ended.exitCode() == 0);
      start(name, "node.yaml", "--join", token.out().strip());
    }
  }

  @AfterEach
  void stop() {
    nodes.values().forEach(Started::close);
  }

  private void configure(String file, String syncInterval) throws IOException {
    Files.writeString(
        directory.resolve(file),
        """
        distributed_workflow_engine:
          node_discovery: { protocol: static }
          state_sync: { sync_interval: %s }
          consensus: { election_timeout: 1s, partitions: 1 }
        """
            .formatted(syncInterval));
  }

  private void start(String name, String config, String... more) {
    List<String> arguments = new ArrayList<>(List.of(words(name, config, "server")));
    arguments.addAll(List.of(more));
    nodes.put(name, shell.start(arguments.toArray(String[]::new)));
    node(name).awaitTalk("is ready");
  }

  private Started node(String name) {
    return Objects.requireNonNull(nodes.get(name), name);
  }

  private String[] words(String name, String config, String... first) {
    return Stream.concat(
            Stream.of(first),
            Stream.of(
                "--config=" + config,
                "--name=" + name,
                "--data=" + name,
                "--seeds=127.0.0.1:" + port("c1", 0),
                "--bind=127.0.0.1",
                "--grpc-port=" + port(name, 0),
                "--http-port=" + port(name, 1),
                "--peer-port=" + port(name, 2)))
        .toArray(String[]::new);
  }

  private int port(String name, int which) {
    return ports
        .computeIfAbsent(name, _ -> List.of(FreePorts.next(), FreePorts.next(), FreePorts.next()))
        .get(which);
  }

  private CapstanClient client(String... coordinators) {
    return CapstanClient.builder()
        .servers(Stream.of(coordinators).map(each -> "https://127.0.0.1:" + port(each, 1)).toList())
        .token(credential.key())
        .tls(credential.tls())
        .build();
  }

  private String log(String node) {
    try {
      return Files.readString(directory.resolve(node).resolve("capstan.log.0"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts five, which are acknowledged when this returns. */
  private void startFive(CapstanClient client) {
    for (int i = 0; i < 5; i++) {
      String id = "e" + (started.size() + 1);
      Execution _ = CapstanClient.await(client.start(StartRequest.ofDefinition(HELLO).withId(id)));
      started.add(id);
    }
  }

  private static String followerOtherThanTheFirst(CapstanClient client) {
    Cluster cluster =
        await()
            .atMost(PATIENCE)
            .until(
                () -> CapstanClient.await(client.cluster()),
                seen ->
                    seen.coordinators().stream().filter(DivergedReplicaTest::votes).count() == 3);
    return cluster.coordinators().stream()
        .filter(each -> each.role().equals("follower") && !each.id().equals("c1"))
        .map(Coordinator::id)
        .findFirst()
        .orElseThrow();
  }

  private static boolean votes(Coordinator coordinator) {
    return coordinator.role().equals("leader") || coordinator.role().equals("follower");
  }

  private static StateSync sync(CapstanClient client, String id) {
    return CapstanClient.await(client.stateSync(id));
  }

  /** The sum of a metric over the partition, of the lines that have this label. */
  private static double metric(CapstanClient client, String name, String label) {
    return CapstanClient.await(client.metrics())
        .lines()
        .filter(line -> line.startsWith(name + "{") && line.contains(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static void awaitMetric(CapstanClient client, String name, String label, boolean any) {
    await(name + " of " + label)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> metric(client, name, label) > 0 == any);
  }

  @Test
  void itIsToldByAllAndEndsByItselfWhileTheOthersGoOnAndHaveEverything() throws Exception {
    String victim;
    try (CapstanClient client = client("c1", "c2", "c3")) {
      victim = followerOtherThanTheFirst(client);
      startFive(client);
      await().atMost(PATIENCE).until(() -> sync(client, "e1"), StateSync::inSync);
    }
    assertThat(node(victim).terminate().err()).endsWith("stopped; nothing is lost\n");
    AlteredState.loseAnEvent(directory.resolve(victim));
    List<String> others = ALL.stream().filter(name -> !name.equals(victim)).toList();

    start(victim, "seldom.yaml");
    try (CapstanClient client = client(others.toArray(String[]::new))) {
      startFive(client);
      for (String other : others) {
        try (CapstanClient one = client(other)) {
          awaitMetric(one, "capstan_state_comparisons_total", "result=\"different\"", true);
          await()
              .atMost(PATIENCE)
              .untilAsserted(
                  () -> assertThat(log(other)).containsPattern(DIFFERS.formatted(victim)));
        }
      }
      Ended ended = node(victim).awaitEnd();

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err())
          .contains(
              "error: the node stopped: STATE_DIFFERS: the state of this replica is not that of the others at index",
              "empty its data directory and join again")
          .doesNotContain("\tat ");
      assertThat(log(victim)).containsPattern(DIFFERS.formatted(victim));
      startFive(client);
      hasAll(client);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(sync(client, "e1").replicas())
                  .filteredOn(StateSync.Replica::agrees)
                  .extracting(StateSync.Replica::coordinator)
                  .containsExactlyInAnyOrderElementsOf(others));
      for (String other : others) {
        assertThat(node(other).isAlive()).isTrue();
        try (CapstanClient one = client(other)) {
          awaitMetric(one, "capstan_state_replicas_differing", "", false);
        }
      }
    }
  }

  private void hasAll(CapstanClient client) {
    assertThat(started).hasSize(15);
    for (String id : started) {
      assertThat(CapstanClient.await(client.end(id)).status()).as(id).isEqualTo("completed");
    }
  }
}
