package dev.capstan.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.cli.local.EmbeddedEngine;
import dev.capstan.cli.local.EngineOptions;
import dev.capstan.cli.local.ServerNote;
import dev.capstan.cli.terminal.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands that ask a server, against the real one: the client's contract with the HTTP API is
 * tried here, too.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ServerCommandsTest {
  private static final String HEAD =
      "document: { dsl: '1.0.3', namespace: test, name: %s, version: '0.1.0' }\n";

  @TempDir static Path directory;
  private static EmbeddedEngine engine;
  private static String address;
  private static Shell shell;

  @BeforeAll
  static void startServer() throws IOException {
    engine =
        EmbeddedEngine.start(new EngineOptions(directory.resolve("data"), null, 0, 0, Map.of()));
    address = "http://127.0.0.1:" + engine.httpPort();
    shell = new Shell(directory, Map.of("CAPSTAN_SERVER", address));
    define("greet", "do:\n  - greet: { set: { message: '${ \"Hello, \" + .name }' } }\n");
    define(
        "hear",
        "do:\n  - hear: { listen: { to: { one: { with: { type: com.example.said } } } }, output: { as: '.[0].words' } }\n");
    define("sleep", "do:\n  - sleep: { wait: { minutes: 10 } }\n");
    define(
        "fault",
        "do:\n  - give-up: { raise: { error: { type: https://example.com/no, status: 409, title: No } } }\n");
    define("tick", "schedule: { every: { hours: 1 } }\ndo:\n  - tick: { set: { ticked: true } }\n");
    assertThat(
            shell
                .run("deploy", "greet.yaml", "hear.yaml", "sleep.yaml", "fault.yaml", "tick.yaml")
                .exitCode())
        .isZero();
  }

  @AfterAll
  static void stopServer() {
    engine.close();
  }

  private static void define(String name, String rest) throws IOException {
    Files.writeString(directory.resolve(name + ".yaml"), HEAD.formatted(name) + rest);
  }

  private static JsonNode json(Shell.Result result) {
    assertThat(result.exitCode()).as(result.err()).isZero();
    return JsonText.parse(result.out(), "the output");
  }

  @Test
  void theSameTextIsDeployedOnceAndAnotherUnderItsVersionIsAConflict() throws IOException {
    assertThat(shell.run("deploy", "greet.yaml").out()).isEqualTo("✔ test/greet@0.1.0\n");

    Files.writeString(
        directory.resolve("changed.yaml"),
        HEAD.formatted("greet") + "do:\n  - other: { set: { a: 1 } }\n");
    Shell.Result changed = shell.run("deploy", "changed.yaml");
    assertThat(changed.exitCode()).isEqualTo(4);
    assertThat(changed.err()).startsWith("error CAP-2005");
  }

  @Test
  void anExecutionIsStartedShownAndItsHistoryTold() {
    String id =
        shell
            .run(
                "start",
                "test/greet",
                "-i",
                "{\"name\":\"Ada\"}",
                "--label",
                "team=a",
                "--wait",
                "30s")
            .out()
            .strip();

    JsonNode shown = json(shell.run("show", id, "-o", "json"));
    assertThat(shown.path("status").asText()).isEqualTo("completed");
    assertThat(shown.path("output").path("message").asText()).isEqualTo("Hello, Ada");
    assertThat(shell.run("show", id).out())
        .contains("workflow  test/greet@0.1.0", "label     team=a", "Hello, Ada");
    assertThat(shell.run("history", id).out())
        .contains("execution.started", "task.completed       greet");
    assertThat(json(shell.run("history", id, "-o", "json")).get(0).path("type").asText())
        .isEqualTo("execution.started");
    assertThat(json(shell.run("list", "--label", "team=a", "-o", "json"))).hasSize(1);
    assertThat(shell.run("list", "--workflow", "test/greet").out()).contains("ID", id, "completed");
  }

  @Test
  void anExecutionIsWatchedFromItsBeginningToItsEnd() {
    String id = shell.run("start", "test/greet", "-i", "{\"name\":\"Ada\"}").out().strip();

    Shell.Result watched = shell.run("watch", id, "--timeout", "60s");

    assertThat(watched.exitCode()).as(watched.err()).isZero();
    assertThat(watched.out()).contains("Hello, Ada");
    assertThat(watched.err()).contains("execution.started", "execution.completed");
  }

  @Test
  void aRunOnAServerShowsTheSameAsAnEmbeddedOne() {
    Shell.Result result = shell.run("run", "greet.yaml", "-i", "{\"name\":\"Ada\"}");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).isEqualTo("{\n  \"message\": \"Hello, Ada\"\n}\n");
    assertThat(result.err()).contains("task.completed       greet");
  }

  @Test
  void aRunBesideADevServerGoesThere() throws IOException {
    Path data = directory.resolve("data");
    new ServerNote(ProcessHandle.current().pid(), address).write(data);
    Shell local = new Shell(directory, Map.of());

    Shell.Result result =
        local.run("run", "greet.yaml", "-i", "{\"name\":\"Ada\"}", "--data", "data");

    ServerNote.remove(data);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err())
        .contains(
            "running on the server of this directory (process " + ProcessHandle.current().pid());
    assertThat(result.out()).contains("Hello, Ada");
  }

  @Test
  void executionsAreSuspendedResumedAndCancelled() {
    String id = shell.run("start", "test/sleep").out().strip();

    assertThat(shell.run("suspend", id, "--reason", "lunch").out()).isEqualTo(id + "  suspended\n");
    assertThat(shell.run("resume", id).exitCode()).isZero();
    assertThat(shell.run("cancel", id).out()).isEqualTo(id + "  cancelled\n");
    Shell.Result again = shell.run("resume", id);
    assertThat(again.exitCode()).isEqualTo(4);
    assertThat(again.err()).contains("error CAP-2006");
  }

  @Test
  void aFaultedExecutionIsRetried() {
    Shell.Result started = shell.run("start", "test/fault", "--wait", "30s");

    assertThat(started.exitCode()).isEqualTo(1);
    assertThat(shell.run("retry", started.out().strip()).exitCode()).isZero();
  }

  private static void defineVersion(String version, String tasks) throws IOException {
    Files.writeString(
        directory.resolve("put-right.yaml"),
        "document: { dsl: '1.0.3', namespace: test, name: put-right, version: '%s' }\ndo:\n%s"
            .formatted(version, tasks));
    assertThat(shell.run("deploy", "put-right.yaml").exitCode()).isZero();
  }

  @Test
  void aFaultedExecutionMovesByItsIdAndIsRetriedThereUnderAnotherName() throws IOException {
    defineVersion(
        "1.0.0",
        "  - give-up: { raise: { error: { type: https://example.com/no, status: 409 } } }\n");
    String id = shell.run("start", "test/put-right", "--wait", "30s").out().strip();
    defineVersion("1.1.0", "  - mend: { set: { mended: true } }\n");
    Files.writeString(directory.resolve("names.json"), "{\"/do/0/give-up\": \"/do/0/mend\"}");

    Shell.Result unlisted = shell.run("migrate", "test/put-right", "--to", "1.1.0");
    Shell.Result nameless = shell.run("migrate", "test/put-right", "--to", "1.1.0", "--id", id);
    Shell.Result moved =
        shell.run("migrate", "test/put-right", "--to", "1.1.0", "--id", id, "--map", "names.json");

    assertThat(unlisted.out()).isEqualTo("0 of test/put-right to 1.1.0: none\n");
    assertThat(nameless.exitCode()).isEqualTo(1);
    assertThat(nameless.out()).contains("stays", "no task \"give-up\"");
    assertThat(moved.exitCode()).as(moved.err()).isZero();
    assertThat(moved.out()).contains("/do/0/give-up -> /do/0/mend");
    assertThat(shell.run("retry", id).exitCode()).isZero();
    assertThat(shell.run("watch", id, "--timeout", "60s").out()).contains("\"mended\": true");
  }

  @Test
  void aPublishedEventReachesWhoListens() {
    String id = shell.run("start", "test/hear").out().strip();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> shell.run("show", id).out().contains("waiting"));

    Shell.Result published =
        shell.run("events", "publish", "--type", "com.example.said", "-d", "{\"words\":\"hi\"}");

    assertThat(published.out()).isEqualTo("1 event, taken by 1 execution\n");
    assertThat(shell.run("watch", id, "--timeout", "60s").out()).isEqualTo("\"hi\"\n");
  }

  @Test
  void nodesScheduleClusterAndAuditAreShown() {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> shell.run("nodes").out().contains("local-1"));

    assertThat(shell.run("nodes").out()).contains("NAME", "active", "run:shell");
    assertThat(json(shell.run("nodes", "show", "local-1", "-o", "json")).path("slots").asInt())
        .isEqualTo(50);
    assertThat(shell.run("schedules").out()).contains("test/tick@0.1.0", "every");
    assertThat(shell.run("cluster", "status").out()).contains("PARTITION", "leader");
    assertThat(shell.run("audit", "--limit", "3").out()).contains("WHO", "local");
  }

  @Test
  void aTaskIsExplainedWhileItWaitsAndWhenItHasEnded() throws IOException {
    define(
        "gpu",
        """
        do:
          - train:
              run: { shell: { command: echo trained } }
              metadata: { capstan: { require: { accelerator: big } } }
        """);
    assertThat(shell.run("deploy", "gpu.yaml").exitCode()).isZero();
    String id = shell.run("start", "test/gpu").out().strip();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> shell.run("show", id).out().contains("needs label accelerator=big"));
    String task = id + ":1";
    assertThat(shell.run("show", id).out()).contains(task);

    Shell.Result waiting = shell.run("task", "explain", task);
    assertThat(waiting.exitCode()).as(waiting.err()).isZero();
    assertThat(waiting.out())
        .contains(
            "train, /do/0/train",
            "status    pending",
            "needs label accelerator=big: 0 of 1 node with kind run:shell has it",
            "{\"require\":{\"accelerator\":\"big\"}}");

    assertThat(shell.run("nodes", "label", "local-1", "accelerator=big", "gone-").out())
        .contains("accelerator=big");
    assertThat(shell.run("watch", id, "--timeout", "60s").out()).contains("trained");
    JsonNode ended = json(shell.run("task", "explain", task, "-o", "json"));
    assertThat(ended.path("status").asText()).isEqualTo("completed");
    assertThat(ended.path("node").asText()).isEqualTo("local-1");
    assertThat(shell.run("nodes", "label", "local-1", "accelerator-").out())
        .doesNotContain("accelerator");
    assertThat(shell.run("audit", "--limit", "20").out()).contains("node.label");
  }

  /** A schema of the workflow itself is fetched for no task: its id ends with 0. */
  @Test
  void theFetchingOfTheInputsSchemaIsExplainedWhileItWaits() throws IOException {
    define(
        "checked",
        """
        input: { schema: { resource: { endpoint: 'http://127.0.0.1:9/order' } } }
        do: [ { a: { set: { n: 1 } } } ]
        """);
    assertThat(shell.run("deploy", "checked.yaml").exitCode()).isZero();
    assertThat(shell.run("nodes", "cordon", "local-1").exitCode()).isZero();
    try {
      String id = shell.run("start", "test/checked").out().strip();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> shell.run("task", "explain", id + ":0").out().contains("cordoned"));
      Shell.Result waiting = shell.run("task", "explain", id + ":0");
      assertThat(waiting.exitCode()).as(waiting.err()).isZero();
      assertThat(waiting.out())
          .contains("checked", "status    pending", "of 1 node: 1 is cordoned");

      assertThat(shell.run("nodes", "uncordon", "local-1").exitCode()).isZero();
      Shell.Result ended = shell.run("watch", id, "--timeout", "60s");
      assertThat(ended.out() + ended.err()).contains("the schema can't be fetched");
      assertThat(shell.run("task", "explain", id + ":0").exitCode()).isEqualTo(3);
    } finally {
      shell.run("nodes", "uncordon", "local-1");
    }
  }

  @Test
  void wordsAboutNodesAndTasksThatCanNotBeMeantAreRefused() {
    assertThat(shell.run("nodes", "label", "local-1").exitCode()).isEqualTo(2);
    assertThat(shell.run("nodes", "label", "local-1", "zone").err()).contains("NAME=VALUE");
    assertThat(shell.run("nodes", "label", "local-1", "cpu=5").err())
        .contains("count that themselves");
    assertThat(shell.run("nodes", "cordon", "local-1", "--deadline", "5m").exitCode()).isEqualTo(2);
    assertThat(shell.run("nodes", "drain", "local-1", "zone=a").exitCode()).isEqualTo(2);
    assertThat(shell.run("task", "explain").exitCode()).isEqualTo(2);
    assertThat(shell.run("task", "explain", "nobody:7").exitCode()).isEqualTo(3);
    assertThat(shell.run("task", "explain", "nonsense").exitCode()).isEqualTo(2);
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertThat(shell.run("show", "no-such-execution").exitCode()).isEqualTo(3);
    assertThat(shell.run("start", "test/no-such-workflow").exitCode()).isEqualTo(3);
    assertThat(shell.run("watch", "no-such-execution").exitCode()).isEqualTo(3);
    assertThat(shell.run("nodes", "show", "nobody").exitCode()).isEqualTo(3);
  }

  @Test
  void lifeCycleEventsAreFollowedAsTheyHappen() {
    // Starts until the follower has seen enough: it sees nothing of what was before it.
    try (Repeated _ = new Repeated(() -> shell.run("start", "test/fault"));
        Repeated _ = new Repeated(() -> shell.run("start", "test/greet"))) {
      Shell.Result told =
          shell.run(
              "events",
              "follow",
              "--workflow",
              "fault",
              "--type",
              "workflow.faulted,task",
              "--limit",
              "4",
              "--timeout",
              "60s");
      Shell.Result json =
          shell.run("events", "follow", "-o", "json", "--status-changed", "--limit", "5");

      assertThat(told.exitCode()).as(told.err()).isZero();
      assertThat(told.err()).startsWith("following life-cycle events of workflow fault,");
      assertThat(told.out().lines())
          .hasSize(4)
          .allMatch(line ->
              line.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  (task|workflow)\\.[a-z]+ +\\S+.*"))
          .anyMatch(
              line -> line.contains("task.faulted") && line.contains("/do/0/give-up  - 409 No"))
          .noneMatch(line -> line.contains("workflow.started"));
      assertThat(json.out().lines())
          .hasSize(5)
          .allSatisfy(line ->
              assertThat(JsonText.parse(line, "a line").path("specversion").asText())
                  .isEqualTo("1.0"));
      assertThat(json.out()).contains("status-changed");
    }
    assertThat(shell.run("events", "follow", "--limit", "0").exitCode()).isEqualTo(2);
  }

  @Test
  void aFollowerWithoutAServerSaysSoAndTriesAgain() {
    Shell.Result nobody =
        shell.run("events", "follow", "--server", "http://127.0.0.1:9", "--timeout", "2s");

    assertThat(nobody.exitCode()).isZero();
    assertThat(nobody.out()).isEmpty();
    assertThat(nobody.err()).containsOnlyOnce("(reconnecting").contains("no connection");
  }

  /** Does something again and again, on a thread of its own. */
  private static final class Repeated implements AutoCloseable {
    private final Thread thread;
    private volatile boolean closed;

    Repeated(Runnable work) {
      thread =
          Thread.ofVirtual()
              .start(() -> {
                while (!closed) {
                  work.run();
                }
              });
    }

    @Override
    public void close() {
      closed = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
