package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a client needs, any coordinator gives. */
class AnyDoorTest {
  private static final String QUICK =
      """
      {"definition": "document: {dsl: '1.0.3', namespace: test, name: quick, version: 1.0.0}\\ndo:\\n  - a: {set: {x: 1}}\\n  - b: {run: {shell: {command: 'sleep 0.5; echo hi'}}}",
       "id": "%s"}
      """;

  /** Its task runs until a file is there. */
  private static final String UNTIL_FILE =
      """
      {"definition": "document: {dsl: '1.0.3', namespace: test, name: until-file, version: 1.0.0}\\ndo:\\n  - a: {run: {shell: {command: 'until [ -e %s ]; do sleep 0.05; done'}}}",
       "id": "%s"}
      """;

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private Trio trio;

  @BeforeEach
  void start() {
    trio = new Trio(directory);
    trio.work("w1", 4);
  }

  @AfterEach
  void stop() {
    trio.close();
    http.close();
  }

  private static HttpRequest.Builder request(URI door, String path) {
    return HttpRequest.newBuilder(door.resolve(path)).timeout(Trio.PATIENCE);
  }

  private HttpResponse<String> post(URI door, String path, String json)
      throws IOException, InterruptedException {
    return http.send(
        request(door, path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(URI door, String path, String accept)
      throws IOException, InterruptedException {
    return http.send(
        request(door, path).header("Accept", accept).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aFollowerHandsRequestsOnAndStreamsBack() throws Exception {
    URI door = trio.door(trio.followers().getFirst());

    HttpResponse<String> started = post(door, "/v1/executions?inline", QUICK.formatted("e1"));
    HttpResponse<String> ended = get(door, "/v1/executions/e1?wait=50s", "application/json");
    HttpResponse<String> stream = get(door, "/v1/executions/e1/history", "text/event-stream");

    assertThat(started.statusCode()).isEqualTo(201);
    assertThat(started.headers().firstValue("Location")).hasValue("/v1/executions/e1");
    assertThat(ended.body()).contains("\"status\":\"completed\"");
    assertThat(stream.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    assertThat(stream.body()).contains("\"type\":\"execution.completed\"");
    assertThat(get(door, "/v1/executions/none", "application/json").statusCode()).isEqualTo(404);
  }

  @Test
  void aRequestThatComesWhileNobodyLeadsIsHeldUntilSomebodyDoes() throws Exception {
    String leader = trio.leader();
    List<String> followers = trio.othersThan(leader);
    trio.stop(leader);

    HttpResponse<String> started =
        post(trio.door(followers.getFirst()), "/v1/executions?inline", QUICK.formatted("e2"));
    HttpResponse<String> ended =
        get(trio.door(followers.getLast()), "/v1/executions/e2?wait=50s", "application/json");

    assertThat(started.statusCode()).as(started.body()).isEqualTo(201);
    assertThat(ended.body()).contains("\"status\":\"completed\"");
  }

  @Test
  void aLongPollOutlivesTheLeaderItWaitsAt() throws Exception {
    String leader = trio.leader();
    URI door = trio.door(trio.othersThan(leader).getFirst());
    Path gate = directory.resolve("gate");
    post(door, "/v1/executions?inline", UNTIL_FILE.formatted(gate, "e3"));
    CompletableFuture<HttpResponse<String>> poll =
        http.sendAsync(
            request(door, "/v1/executions/e3?wait=50s")
                .header("Accept", "application/json")
                .build(),
            HttpResponse.BodyHandlers.ofString());
    Awaitility.await()
        .atMost(Trio.PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> get(trio.door(leader), "/metrics", "*/*").body().contains("capstan_waits 1"));

    trio.stop(leader);
    assertThat(poll).isNotDone();
    Files.createFile(gate);
    HttpResponse<String> ended = poll.get(Trio.PATIENCE.toSeconds(), TimeUnit.SECONDS);

    assertThat(ended.statusCode()).as(ended.body()).isEqualTo(200);
    assertThat(ended.body()).contains("\"status\":\"completed\"");
  }
}
