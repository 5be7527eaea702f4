package dev.capstan.server.http;

import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.boot.Coordinator;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The contract of HTTP where it meets the engine: what a gateway in memory can't show. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
final class HttpOverTheEngineTest {
  private static final String DEFINITION =
      """
      document: {dsl: '1.0.0', namespace: shop, name: paid, version: '1.0.0'}
      do:
        - greet:
            set: {greeting: '${ "hello " + .name }'}
        - pay:
            listen:
              to:
                one:
                  with: {type: dev.example.paid}
      """;

  private final HttpClient client = HttpClient.newHttpClient();
  private Coordinator coordinator;

  @BeforeAll
  void start(@TempDir Path directory) {
    coordinator =
        Coordinator.start(CoordinatorConfig.local(directory).withPorts(null, 0), Map.of());
    assertThat(post("/v1/definitions", "application/yaml", DEFINITION).statusCode()).isEqualTo(201);
  }

  @AfterAll
  void stop() {
    client.close();
    coordinator.close();
  }

  private HttpRequest.Builder request(String path) {
    int port = Objects.requireNonNull(coordinator.httpPort());
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(60));
  }

  private HttpResponse<String> send(HttpRequest request) {
    return client.sendAsync(request, BodyHandlers.ofString()).join();
  }

  private HttpResponse<String> get(String path) {
    return send(request(path).build());
  }

  private HttpResponse<String> post(String path, String mediaType, String body) {
    return send(
        request(path)
            .header("Content-Type", mediaType)
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private HttpResponse<String> start(String id) {
    return post(
        "/v1/executions",
        "application/json",
        "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"paid\"},\"input\":{\"name\":\"you\"},\"id\":\"%s\"}"
            .formatted(id));
  }

  private void pay() {
    String event =
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/t\",\"type\":\"dev.example.paid\",\"data\":{\"sum\":3}}";
    assertThat(post("/v1/events", "application/cloudevents+json", event).statusCode())
        .isEqualTo(202);
  }

  @Test
  void aStreamFollowsAnExecutionFromItsFirstEventToItsEnd() throws IOException {
    HttpResponse<String> started = start("streamed");
    assertThat(started.statusCode()).isEqualTo(201);

    HttpRequest request =
        request("/v1/executions/streamed/history").header("Accept", "text/event-stream").build();
    HttpResponse<InputStream> stream =
        client.sendAsync(request, BodyHandlers.ofInputStream()).join();
    pay();
    List<String> types = new ArrayList<>();
    List<Long> indexes = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      reader
          .lines()
          .forEach(line -> {
            if (line.startsWith("id: ")) {
              indexes.add(Long.parseLong(line.substring(4)));
            } else if (line.startsWith("data: ") && json(line.substring(6)).has("type")) {
              types.add(json(line.substring(6)).get("type").textValue());
            }
          });
    }
    assertThat(types).startsWith("execution.started").endsWith("execution.completed");
    assertThat(indexes.getFirst()).isZero();
    assertThat(indexes.getLast()).isEqualTo(indexes.size() - 1L);

    JsonNode stored = json(get("/v1/executions/streamed/history?limit=1000")).get("events");
    assertThat(stored).extracting(e -> e.get("type").textValue()).isEqualTo(types);
  }

  @Test
  void aPageOfAHistoryGoesOnWhereTheOneBeforeEnded() {
    start("paged");
    List<Long> indexes = new ArrayList<>();
    JsonNode page = json(get("/v1/executions/paged/history?limit=2"));
    page.get("events").forEach(event -> indexes.add(event.get("index").longValue()));
    while (page.has("next")) {
      page = json(get("/v1/executions/paged/history?limit=2&from=" + page.get("next").longValue()));
      page.get("events").forEach(event -> indexes.add(event.get("index").longValue()));
    }
    assertThat(indexes).hasSizeGreaterThan(2).isSorted().doesNotHaveDuplicates().startsWith(0L);
    post("/v1/executions/paged/cancel", "application/json", "{\"reason\":\"enough\"}");
  }

  private static String moved(String version, String tasks) {
    return "document: {dsl: '1.0.0', namespace: shop, name: moved, version: '%s'}\ndo:\n%s"
        .formatted(version, tasks);
  }

  private JsonNode migrate(String id, String body) {
    HttpResponse<String> answer =
        post("/v1/executions/" + id + "/migrate", "application/json", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  @Test
  void anExecutionIsAskedAboutAndMovedToAnotherVersion() {
    String pause = "  - pause: {wait: {minutes: 9}}\n";
    String first = "  - first: {set: {x: 1}}\n";
    post("/v1/definitions", "application/yaml", moved("1.0.0", pause));
    String start = "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"moved\"},\"id\":\"m1\"}";
    assertThat(post("/v1/executions", "application/json", start).statusCode()).isEqualTo(201);
    post("/v1/definitions", "application/yaml", moved("1.1.0", first + pause));
    post("/v1/definitions", "application/yaml", moved("2.0.0", first));

    JsonNode asked = migrate("m1", "{\"version\":\"1.1.0\",\"dryRun\":true}");
    assertThat(asked)
        .isEqualTo(
            json(
                "{\"id\":\"m1\",\"from\":\"1.0.0\",\"to\":\"1.1.0\",\"canMove\":true,\"moved\":false,\"problems\":[],"
                    + "\"changes\":[{\"kind\":\"moves\",\"reference\":\"/do/0/pause\",\"to\":\"/do/1/pause\"}]}"));
    JsonNode refused = migrate("m1", "{\"version\":\"2.0.0\"}");
    assertThat(refused.get("canMove").booleanValue()).isFalse();
    assertThat(refused.get("moved").booleanValue()).isFalse();
    assertThat(refused.at("/problems/0/reference").textValue()).isEqualTo("/do/0/pause");
    assertThat(refused.at("/problems/0/line").intValue()).isEqualTo(3);
    assertThat(migrate("m1", "{\"version\":\"1.1.0\"}").get("moved").booleanValue()).isTrue();
    assertThat(migrate("m1", "{\"version\":\"1.1.0\"}").get("moved").booleanValue()).isFalse();

    JsonNode now = json(get("/v1/executions/m1"));
    assertThat(now.at("/workflow/version").textValue()).isEqualTo("1.1.0");
    assertThat(now.at("/tasks/0/reference").textValue()).isEqualTo("/do/1/pause");
    JsonNode events = json(get("/v1/executions/m1/history?limit=1000")).get("events");
    assertThat(events.get(events.size() - 1).get("type").textValue())
        .isEqualTo("execution.migrated");
    assertThat(
            post("/v1/executions/m1/migrate", "application/json", "{\"version\":\"9.9.9\"}")
                .statusCode())
        .isEqualTo(404);
    post("/v1/executions/m1/cancel", "application/json", "{}");
    assertThat(
            post("/v1/executions/m1/migrate", "application/json", "{\"version\":\"1.0.0\"}")
                .statusCode())
        .isEqualTo(409);
  }

  @Test
  void aStartIsCarriedOutOnceAndAnEqualOneIsAnsweredAlike() {
    HttpResponse<String> first = start("once");
    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
    HttpResponse<String> again = start("once");

    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
    assertThat(again.headers().firstValue("Location"))
        .isEqualTo(first.headers().firstValue("Location"));
    HttpResponse<String> other =
        post(
            "/v1/executions",
            "application/json",
            "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"paid\"},\"input\":{\"name\":\"me\"},\"id\":\"once\"}");
    assertThat(other.statusCode()).isBetween(409, 422);
    assertThat(
            json(post("/v1/executions/once/cancel", "application/json", "{}"))
                .get("status")
                .textValue())
        .isEqualTo("cancelled");
    assertThat(json(get("/v1/executions/once?wait=5s")).get("status").textValue())
        .isEqualTo("cancelled");
  }

  @Test
  void aStartThatNamesNoVersionIsTheSameAlsoAfterADeployment() {
    String pause = "  - pause: {wait: {minutes: 9}}\n";
    String version = "document: {dsl: '1.0.0', namespace: shop, name: young, version: '%s'}\ndo:\n";
    post("/v1/definitions", "application/yaml", version.formatted("1.0.0") + pause);
    String start = "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"young\"%s},\"id\":\"y1\"}";
    assertThat(post("/v1/executions", "application/json", start.formatted("")).statusCode())
        .isEqualTo(201);
    post("/v1/definitions", "application/yaml", version.formatted("1.1.0") + pause);

    for (String latest : List.of("", ",\"version\":\"latest\"", ",\"version\":\"1.0.0\"")) {
      HttpResponse<String> again =
          post("/v1/executions", "application/json", start.formatted(latest));
      assertThat(again.statusCode()).as(latest + again.body()).isEqualTo(200);
      assertThat(json(again).at("/workflow/version").textValue()).isEqualTo("1.0.0");
    }
    HttpResponse<String> other =
        post("/v1/executions", "application/json", start.formatted(",\"version\":\"1.1.0\""));
    assertThat(other.statusCode()).isEqualTo(409);
    post("/v1/executions/y1/cancel", "application/json", "{}");
  }

  @Test
  void aReadWithAnIndexIncludesItOrIsRefused() {
    String index = start("indexed").headers().firstValue("Capstan-Index").orElseThrow();
    HttpRequest.Builder read = request("/v1/executions/indexed");
    assertThat(send(read.copy().header("Capstan-Min-Index", index).build()).statusCode())
        .isEqualTo(200);
    HttpResponse<String> ahead =
        send(read.copy().header("Capstan-Min-Index", "1000000000").build());
    assertThat(ahead.statusCode()).isEqualTo(503);
    assertThat(json(ahead).get("detail").textValue()).contains("1000000000");
    post("/v1/executions/indexed/cancel", "application/json", "");
  }

  @Test
  void theInputIsShownAndALiveTaskSaysWhatItWaitsFor() {
    start("waiting");

    JsonNode execution = json(get("/v1/executions/waiting"));
    assertThat(execution.at("/input/name").textValue()).isEqualTo("you");
    assertThat(json(get("/v1/executions/waiting/tasks")).at("/tasks/0/name").textValue())
        .isEqualTo("pay");
    assertThat(json(get("/v1/executions?workflow=shop/paid&limit=1000")).get("executions"))
        .extracting(e -> e.get("id").textValue())
        .contains("waiting");
    post("/v1/executions/waiting/cancel", "application/json", "");
  }

  @Test
  void aFaultyDefinitionIsToldWithAllItsPlaces() {
    HttpResponse<String> response =
        post(
            "/v1/definitions?validate",
            "application/yaml",
            DEFINITION.replace("listen:", "lisen:").replace("set:", "sett:"));

    assertThat(response.statusCode()).isEqualTo(400);
    JsonNode problem = json(response);
    assertThat(problem.get("code").textValue()).isEqualTo("CAP-2001");
    assertThat(problem.get("errors").size()).isGreaterThanOrEqualTo(2);
    assertThat(problem.at("/errors/0/line").intValue()).isEqualTo(4);
  }

  @Test
  void aFaultInASingleTaskPointsIntoTheBody() {
    JsonNode problem =
        json(
            post(
                "/v1/tasks",
                "application/json",
                "{\"task\": {\"call\": \"http\", \"with\": {\"methode\": \"get\"}}}"));

    assertThat(problem.get("code").textValue()).isEqualTo("CAP-2001");
    assertThat(problem.get("errors"))
        .extracting(e -> e.get("pointer").textValue())
        .allMatch(p -> p.startsWith("/task/with"));
  }

  @Test
  void operatorsSeeTheClusterItsAuditAndItsMetrics() {
    start("audited");
    post("/v1/executions/audited/cancel", "application/json", "{\"reason\":\"enough\"}");

    assertThat(get("/readyz").statusCode()).isEqualTo(200);
    assertThat(json(get("/v1/cluster")).at("/partitions/0/role").textValue()).isEqualTo("leader");
    assertThat(json(get("/v1/audit?limit=1000")).get("entries"))
        .extracting(e -> e.get("operation").textValue())
        .contains("execution.cancel");
    assertThat(get("/metrics").body())
        .contains("capstan_partition_leader{partition=\"0\"} 1.0", "capstan_ready 1.0");
  }
}
