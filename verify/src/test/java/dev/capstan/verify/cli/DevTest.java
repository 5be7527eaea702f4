package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionWatcher;
import dev.capstan.client.HistoryEvent;
import dev.capstan.client.PageRequest;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code capstan dev}, and everything that asks it: commands, HTTP, the Java client. */
class DevTest {
  private static final String HEAD =
      "document: { dsl: '1.0.3', namespace: test, name: %s, version: '1.0.0' }\n";

  @TempDir static Path directory;
  private static Shell shell;
  private static Started dev;
  private static String address;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @BeforeAll
  static void start() throws IOException {
    shell = Shell.in(directory).with("CAPSTAN_SECRET_word", "from the environment");
    define("greet", "do:\n  - greet: { set: { message: '${ \"Hello, \" + .name }' } }\n");
    define("sleep", "do:\n  - sleep: { wait: { minutes: 10 } }\n");
    define(
        "hear",
        "do:\n  - hear: { listen: { to: { one: { with: { type: com.example.said } } } }, output: { as: '.[0].words' } }\n");
    define(
        "tell",
        "use: { secrets: [ token, word ] }\ndo:\n  - tell: { set: { told: '${ $secrets.token }', lengths: '${ [ ($secrets.token | length), ($secrets.word | length) ] }' } }\n");
    define("tick", "schedule: { every: { hours: 1 } }\ndo:\n  - tick: { set: { ticked: true } }\n");
    define(
        "flaky",
        "do:\n  - work: { run: { shell: { command: 'test -e %s' } } }\n"
            .formatted(directory.resolve("mended")));
    Files.writeString(directory.resolve("secrets.yaml"), "token: from the file\n");
    dev = shell.start("dev", "--port", "auto", "--secrets", "secrets.yaml");
    dev.awaitTalk("  Data  ");
    address =
        Ended.json(Files.readString(directory.resolve(".capstan/server.json")))
            .path("http")
            .asText();
    Ended deployed =
        shell.run(
            "deploy",
            "greet.yaml",
            "sleep.yaml",
            "hear.yaml",
            "tell.yaml",
            "tick.yaml",
            "flaky.yaml");
    assertThat(deployed.exitCode()).as(deployed.err()).isZero();
    assertThat(deployed.out()).startsWith("✔ test/greet@1.0.0\n✔ test/sleep@1.0.0\n");
  }

  @AfterAll
  static void stop() {
    dev.close();
  }

  private static void define(String name, String rest) throws IOException {
    Files.writeString(directory.resolve(name + ".yaml"), HEAD.formatted(name) + rest);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return HTTP.send(
          request.timeout(Duration.ofSeconds(90)).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(address + path));
  }

  private static HttpResponse<String> get(String path) {
    return send(to(path));
  }

  private static HttpRequest.Builder post(String path, String json) {
    return to(path)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(json));
  }

  private static Ended ok(String... command) {
    Ended ended = shell.run(command);
    assertThat(ended.exitCode()).as(String.join(" ", command) + "\n" + ended.err()).isZero();
    return ended;
  }

  @Test
  void threeLinesSayWhatIsWhereAndFitATerminal() {
    List<String> lines = dev.err().lines().toList();

    assertThat(lines).hasSize(3);
    assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    assertThat(lines.getFirst()).startsWith("✔ Capstan is ready after ").contains("Ctrl-C");
    assertThat(lines.get(1)).contains(address, "/openapi.json", "/metrics", "gRPC 127.0.0.1:");
    assertThat(lines.get(2)).contains(".capstan", "worker local-1");
    assertThat(dev.out()).isEmpty();
  }

  /** It has no keys and no TLS. */
  @Test
  void onlyThisMachineReachesIt() throws IOException {
    Set<InetSocketAddress> open = ListeningPorts.addresses(dev.pid());

    assertThat(open)
        .extracting(InetSocketAddress::getPort)
        .contains(URI.create(address).getPort())
        .hasSizeGreaterThan(1);
    assertThat(open).allMatch(each -> each.getAddress().isLoopbackAddress());
  }

  @Test
  void anExecutionIsStartedListedShownWatchedAndItsHistoryTold() {
    ok(
        "start",
        "greet",
        "--namespace",
        "test",
        "-i",
        "{\"name\":\"Ada\"}",
        "--id",
        "ada",
        "-l",
        "team=a");

    Ended watched = ok("watch", "ada");
    assertThat(watched.out()).isEqualTo("{\n  \"message\": \"Hello, Ada\"\n}\n");
    assertThat(watched.err()).contains("execution.started", "execution.completed");
    assertThat(ok("list", "--label", "team=a").out())
        .startsWith("ID ")
        .contains("ada", "completed", "test/greet@1.0.0");
    assertThat(ok("show", "ada").out())
        .contains("status    completed", "label     team=a", "Hello, Ada");
    assertThat(ok("history", "ada").out())
        .contains("execution.started", "task.completed       greet", "execution.completed");
  }

  @Test
  void anExecutionIsSuspendedResumedAndCancelled() {
    String id = ok("start", "test/sleep").out().strip();
    assertThat(id).isNotBlank();

    assertThat(ok("suspend", id, "--reason", "lunch").out()).isEqualTo(id + "  suspended\n");
    assertThat(ok("list", "--status", "suspended").out()).contains(id);
    assertThat(ok("resume", id).exitCode()).isZero();
    assertThat(ok("cancel", id, "--reason", "enough").out()).isEqualTo(id + "  cancelled\n");
    assertThat(shell.run("watch", id).exitCode()).isEqualTo(1);
    assertThat(ok("history", id).out()).contains("lunch", "enough");
    Ended again = shell.run("suspend", id);
    assertThat(again.exitCode()).isEqualTo(4);
    assertThat(again.err()).contains("error CAP-2006: execution " + id + " is cancelled already");
  }

  @Test
  void aFaultedExecutionGoesOnWhenItIsRetried() throws IOException {
    String id = ok("start", "test/flaky").out().strip();
    assertThat(shell.run("watch", id).exitCode()).isEqualTo(1);
    Files.createFile(directory.resolve("mended"));

    assertThat(ok("retry", id).out()).startsWith(id + "  ");
    assertThat(ok("watch", id).exitCode()).isZero();
  }

  @Test
  void aPublishedEventReachesWhoListens() {
    String id = ok("start", "test/hear").out().strip();
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> get("/v1/executions/" + id).body().contains("\"waiting\""));

    assertThat(
            ok("events", "publish", "--type", "com.example.said", "-d", "{\"words\":\"hi\"}").out())
        .isEqualTo("1 event, taken by 1 execution\n");
    assertThat(ok("watch", id).out()).isEqualTo("\"hi\"\n");
  }

  @Test
  void secretsComeFromTheFileAndFromTheEnvironment() {
    Ended started = ok("start", "test/tell", "--wait", "60s", "--output", "json");

    JsonNode output = started.json().path("output");
    assertThat(output.path("lengths").toString())
        .isEqualTo("[" + "from the file".length() + "," + "from the environment".length() + "]");
    assertThat(output.path("told").asText()).as("a secret stays one").isEqualTo("***");
    assertThat(shell.run("run", "tell.yaml", "--secrets", "secrets.yaml").err())
        .contains("capstan dev --secrets FILE");
  }

  @Test
  void schedulesNodesClusterAuditAndValidationAreShown() {
    assertThat(ok("validate", "tick.yaml").out()).startsWith("✔ test/tick 1.0.0 · 1 task");
    assertThat(ok("schedules").out()).contains("test/tick@1.0.0", "every", "PT1H");
    assertThat(ok("nodes").out()).startsWith("NAME ").contains("local-1", "active", "run:shell");
    assertThat(ok("nodes", "show", "local-1").out()).contains("status    active");
    assertThat(ok("cluster", "status").out()).contains("PARTITION", "leader");
    assertThat(ok("audit").out())
        .contains("definition.deploy", "test/tick@1.0.0", "node.join", "local-1");
    assertThat(ok("nodes", "-o", "json").json().get(0).path("name").asText()).isEqualTo("local-1");
  }

  @Test
  void aRunInTheSameDirectoryGoesToTheServer() {
    Ended run = ok("run", "greet.yaml", "-i", "{\"name\":\"Eve\"}");

    assertThat(run.err())
        .startsWith("running on the server of this directory (process " + dev.pid());
    assertThat(run.out()).contains("Hello, Eve");
  }

  @Test
  void whatIsNotThereIsNamedWithItsNeighbours() {
    Ended execution = shell.run("show", "nobody");
    assertThat(execution.exitCode()).isEqualTo(3);
    assertThat(execution.err())
        .contains("error CAP-2004: There is no execution nobody", "capstan list");
    Ended near = shell.run("start", "test/gret");
    assertThat(near.exitCode()).isEqualTo(3);
    assertThat(near.err()).contains("Did you mean test/greet?");
    assertThat(shell.run("start", "greet").err()).contains("There is test/greet");
    assertThat(shell.run("nodes", "show", "local-2").err()).contains("did you mean \"local-1\"?");
  }

  @Test
  void aSecondServerOnTheSameDataSaysWhereTheFirstIs() {
    Ended second = shell.run("dev", "--port", "auto");

    assertThat(second.exitCode()).isEqualTo(4);
    assertThat(second.err())
        .contains("capstan dev runs already in", "process " + dev.pid(), address, "--port auto");
  }

  @Test
  void overHttpTheSameIdempotencyKeyStartsOneExecution() {
    String body =
        "{\"workflow\":{\"namespace\":\"test\",\"name\":\"greet\"},\"input\":{\"name\":\"Bo\"}}";
    JsonNode first =
        Ended.json(send(post("/v1/executions", body).header("Idempotency-Key", "k")).body());
    HttpResponse<String> second = send(post("/v1/executions", body).header("Idempotency-Key", "k"));
    HttpResponse<String> other =
        send(post("/v1/executions", body.replace("Bo", "Cy")).header("Idempotency-Key", "k"));

    assertThat(first.path("id").asText()).isNotEmpty();
    assertThat(Ended.json(second.body()).path("id")).isEqualTo(first.path("id"));
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(Ended.json(other.body()).path("code").asText()).isEqualTo("CAP-2007");
    JsonNode ended =
        Ended.json(get("/v1/executions/" + first.path("id").asText() + "?wait=60s").body());
    assertThat(ended.path("status").asText()).isEqualTo("completed");
    assertThat(ended.path("output").path("message").asText()).isEqualTo("Hello, Bo");
  }

  @Test
  void overHttpAHistoryIsStreamedToItsEnd() {
    assertThat(
            send(post(
                    "/v1/executions?wait=60s",
                    "{\"id\":\"streamed\",\"workflow\":{\"namespace\":\"test\",\"name\":\"greet\"},\"input\":{\"name\":\"Di\"}}"))
                .statusCode())
        .isEqualTo(201);

    HttpResponse<String> stream =
        send(to("/v1/executions/streamed/history").header("Accept", "text/event-stream"));

    assertThat(stream.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
    assertThat(stream.body())
        .contains(
            "id: 0\nevent: history\ndata: {",
            "\"type\":\"execution.started\"",
            "\"type\":\"execution.completed\"");
  }

  @Test
  void overHttpErrorsAreProblemsWithACodeAndAPage() {
    HttpResponse<String> missing = get("/v1/executions/nobody");
    HttpResponse<String> wrong = send(post("/v1/executions", "{\"workflow\":{},\"inptu\":1}"));
    HttpResponse<String> invalid =
        send(
            to("/v1/definitions")
                .header("Content-Type", "application/yaml")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        HEAD.formatted("x") + "do:\n  - a: { wait: { secnds: 1 } }\n")));

    assertThat(missing.statusCode()).isEqualTo(404);
    assertThat(missing.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    JsonNode problem = Ended.json(missing.body());
    assertThat(problem.path("code").asText()).isEqualTo("CAP-2004");
    assertThat(get(problem.path("type").asText()).statusCode()).isEqualTo(200);
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body()).contains("did you mean \\\"input\\\"?");
    assertThat(invalid.statusCode()).isEqualTo(400);
    JsonNode finding = Ended.json(invalid.body()).path("errors").get(0);
    assertThat(finding.path("line").asInt()).isEqualTo(3);
    assertThat(finding.path("hint").asText()).contains("seconds");
  }

  @Test
  void itTellsItsHealthItsMetricsAndItsOperations() {
    assertThat(get("/livez").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").body()).contains("\"ready\":true");
    assertThat(get("/metrics").body()).contains("capstan_build_info{");
    assertThat(Ended.json(get("/openapi.json").body()).path("paths").has("/v1/executions"))
        .isTrue();
  }

  @Test
  void theJavaClientStartsFollowsAndReadsAnExecution() {
    try (CapstanClient client = CapstanClient.builder().server(address).build()) {
      StartRequest request =
          StartRequest.of(WorkflowName.parse("test/greet"))
              .withInput(JsonNodeFactory.instance.objectNode().put("name", "Flo"));
      Execution started = CapstanClient.await(client.start(request));
      List<String> seen = new CopyOnWriteArrayList<>();
      ExecutionWatcher watcher =
          new ExecutionWatcher() {
            @Override
            public void history(HistoryEvent event) {
              seen.add(event.type());
            }
          };

      Execution ended = CapstanClient.await(client.watch(started.id(), watcher).end());

      assertThat(ended.status()).isEqualTo("completed");
      assertThat(String.valueOf(ended.output())).contains("Hello, Flo");
      assertThat(seen).first().isEqualTo("execution.started");
      assertThat(seen).last().isEqualTo("execution.completed");
      assertThat(CapstanClient.await(client.history(started.id(), PageRequest.first(100))).items())
          .extracting(HistoryEvent::type)
          .isEqualTo(seen);
      Assertions.assertThatThrownBy(() -> CapstanClient.await(client.execution("nobody")))
          .isInstanceOf(CapstanException.NotFound.class);
    }
  }
}
