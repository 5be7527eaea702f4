package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an operator asks and does about nodes and tasks, on a cluster of processes. All tests have
 * the same one; one removes a node of it, and the last adds another.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SchedulingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir static Path directory;
  private static Shell user;
  private static Started cluster;

  @BeforeAll
  static void up() throws IOException {
    Shell shell = Shell.in(directory);
    define("gold", "echo struck", "metadata: { capstan: { require: { tier: gold } } }");
    define(
        "licensed", "sleep 600", "metadata: { capstan: { concurrency: { key: db, limit: 1 } } }");
    define(
        "mailed",
        "sleep 600",
        "metadata: { capstan: { rate: { key: mail, limit: 1, per: PT1H } } }");
    String mark = directory.resolve("go-on").toString();
    define("long", "if [ -e '" + mark + "' ]; then echo moved; else sleep 600; fi", "");
    cluster = shell.start("cluster", "up", "--local", "1", "--workers", "2");
    cluster.awaitTalk("w1 active, w2 active");
    user =
        shell.with(
            "CAPSTAN_CREDENTIAL",
            directory.resolve(".capstan-cluster/admin.credential").toString());
    ask("deploy", "gold.yaml", "long.yaml", "licensed.yaml", "mailed.yaml");
  }

  @AfterAll
  static void down() {
    cluster.interrupt();
  }

  private static void define(String name, String command, String more) throws IOException {
    Files.writeString(
        directory.resolve(name + ".yaml"),
        """
        document: { dsl: '1.0.3', namespace: test, name: %s, version: '1.0.0' }
        do:
          - work:
              run: { shell: { command: "%s" } }
              %s
        """
            .formatted(name, command, more));
  }

  private static Ended ask(String... arguments) {
    Ended ended = user.run(arguments);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended;
  }

  private JsonNode explained(String execution) {
    return ask("task", "explain", execution + ":1", "--output", "json").json();
  }

  private String why(String execution) {
    return explained(execution).path("reason").asText();
  }

  private void awaitWhy(String execution, String sentence) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertThat(why(execution)).contains(sentence));
  }

  @Test
  @Order(1)
  void aTaskSaysWhyItWaitsAndGoesOnWhenAnOperatorActs() {
    ask("nodes", "cordon", "w1");
    String id = ask("start", "test/gold").out().strip();

    awaitWhy(id, "needs label tier=gold: 0 of 2 nodes with kind run:shell have it");
    assertThat(explained(id).path("since").asText()).startsWith("20");
    ask("nodes", "label", "w1", "tier=gold");
    awaitWhy(id, "of 2 nodes: 1 lacks label tier=gold, 1 is cordoned");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(ask("nodes").out()).contains("active, cordoned", "tier=gold"));
    ask("nodes", "uncordon", "w1");

    assertThat(ask("watch", id, "--timeout", "90s").out()).contains("struck");
    assertThat(explained(id).path("node").asText()).isEqualTo("w1");
    String audit = ask("audit", "--limit", "20", "--output", "json").out();
    assertThat(audit).contains("node.cordon", "node.label", "node.uncordon");
  }

  @Test
  @Order(2)
  void aTaskSaysWhichLimitHoldsItBack() {
    String running = ask("start", "test/licensed").out().strip();
    awaitWhy(running, "it is on node");
    String second = ask("start", "test/licensed").out().strip();
    awaitWhy(second, "concurrency limit 1 of key db: 1 runs");
    assertThat(explained(second).path("since").asText()).startsWith("20");

    ask("start", "test/mailed");
    String late = ask("start", "test/mailed").out().strip();
    awaitWhy(late, "rate limit 1 in PT1H of key mail is used up");
    assertThat(explained(late).path("since").asText()).startsWith("20");
  }

  @Test
  @Order(3)
  void aDrainMovesWhatStillRunsWhenItsTimeIsOver() throws IOException {
    String id = ask("start", "test/long").out().strip();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> explained(id).path("node").isTextual());
    String node = explained(id).path("node").asText();
    assertThat(why(id)).startsWith("it is on node " + node);
    Files.createFile(directory.resolve("go-on"));

    Ended drained = ask("nodes", "drain", node, "--deadline", "1s");

    assertThat(drained.out()).contains("status    draining", "drained   by");
    assertThat(ask("watch", id, "--timeout", "90s").out()).contains("moved");
    String other = explained(id).path("node").asText();
    assertThat(List.of("w1", "w2")).contains(node, other);
    assertThat(other).isNotEqualTo(node);
    assertThat(ask("history", id).out())
        .contains("the time of node " + node + " to drain was over");
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() ->
            ask("nodes", "show", node, "--output", "json").json().path("running").asInt() == 0);
    ask("nodes", "remove", node);
    assertThat(ask("nodes", "--output", "json").json()).hasSize(1);
  }

  @Test
  @Order(4)
  void aNodeThatIsNotThereIsToldWithTheCommandThatListsAll() {
    Ended unknown = user.run("nodes", "drain", "nosuch");
    assertThat(unknown.exitCode()).isEqualTo(3);
    assertThat(unknown.err())
        .contains("there is no node \"nosuch\"", "= fix: capstan nodes lists them")
        .doesNotContain("/v1/");
  }

  @Test
  @Order(5)
  void aNodeRunsNoMoreAtATimeThanItsConfigurationSays() throws IOException {
    Path places = Files.createDirectory(directory.resolve("places"));
    Path counts = Files.createFile(directory.resolve("counts"));
    Path go = directory.resolve("go");
    // Each takes a place, counts those that are taken, and goes when it finds leave to go.
    Files.writeString(
        directory.resolve("count.sh"),
        "touch '%1$s'/$$; ls '%1$s' | wc -l >> '%2$s'\n".formatted(places, counts)
            + "until rmdir '%2$s' 2>&-; do sleep 0.1; done; rm '%1$s'/$$\n".formatted(places, go));
    define(
        "counted",
        "sh " + directory.resolve("count.sh"),
        "metadata: { capstan: { require: { tier: three } } }");
    ask("deploy", "counted.yaml");
    try (Started _ = workerOfThree()) {
      List<String> all =
          Stream.generate(() -> ask("start", "test/counted").out().strip()).limit(4).toList();
      awaitStarts(counts, 3);
      Ended shown = ask("nodes", "show", "w3", "--output", "json");
      assertThat(shown.json().path("slots").asInt()).isEqualTo(3);
      assertThat(shown.json().path("running").asInt()).isEqualTo(3);
      awaitWaiting(all, 1);
      Files.createDirectory(go);
      awaitStarts(counts, 4);
      awaitWaiting(all, 0);
      for (int last = 0; last < 3; last++) {
        await().atMost(PATIENCE).until(() -> Files.notExists(go));
        Files.createDirectory(go);
      }
      all.forEach(id -> ask("watch", id, "--timeout", "90s"));
    }
    assertThat(Files.readAllLines(counts))
        .as("how many ran when each began")
        .hasSize(4)
        .contains("3")
        .isSubsetOf("1", "2", "3");
  }

  private Started workerOfThree() throws IOException {
    Files.writeString(
        directory.resolve("w3.yaml"),
        """
        distributed_workflow_engine:
          node_discovery: { protocol: static }
          scheduling: { max_tasks_per_node: 3 }
          node: { labels: { tier: three } }
        """);
    String coordinator =
        ask("cluster", "status", "--output", "json").json().at("/coordinators/0/grpc").asText();
    String token = ask("cluster", "join-token", "--role", "worker").out().strip();
    Started worker =
        user.start(
            "worker",
            "--config",
            "w3.yaml",
            "--name",
            "w3",
            "--data",
            "w3",
            "--seeds",
            coordinator,
            "--join",
            token);
    worker.awaitTalk("is ready");
    return worker;
  }

  private void awaitStarts(Path counts, int count) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertThat(Files.readAllLines(counts)).hasSize(count));
  }

  /** Waits until so many of these executions say that their task waits for a slot. */
  private void awaitWaiting(List<String> executions, int count) {
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() ->
            assertThat(executions.stream().map(this::why))
                .filteredOn(why -> why.contains("1 has no free slot"))
                .hasSize(count));
  }
}
