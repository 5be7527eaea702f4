package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
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

  private HttpResponse<String> post(URI door, String path, String json)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(door.resolve(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(URI door, String path, String accept)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(door.resolve(path)).header("Accept", accept).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aFollowerHandsRequestsOnAndStreamsBack() throws Exception {
    URI door = trio.door(trio.followers().getFirst());

    HttpResponse<String> started = post(door, "/v1/executions?inline", QUICK.formatted("e1"));
    HttpResponse<String> ended = get(door, "/v1/executions/e1?wait=20s", "application/json");
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
    List<String> followers = trio.followers();
    trio.stop(trio.leader());

    HttpResponse<String> started =
        post(trio.door(followers.getFirst()), "/v1/executions?inline", QUICK.formatted("e2"));
    HttpResponse<String> ended =
        get(trio.door(followers.getLast()), "/v1/executions/e2?wait=20s", "application/json");

    assertThat(started.statusCode()).as(started.body()).isEqualTo(201);
    assertThat(ended.body()).contains("\"status\":\"completed\"");
  }

  @Test
  void aLongPollOutlivesTheLeaderItWaitsAt() throws Exception {
    URI door = trio.door(trio.followers().getFirst());
    String leader = trio.leader();
    post(door, "/v1/executions?inline", QUICK.replace("0.5", "3").formatted("e3"));
    Thread stops = Thread.ofPlatform().start(() -> trio.stop(leader));

    HttpResponse<String> ended = get(door, "/v1/executions/e3?wait=30s", "application/json");
    stops.join();

    assertThat(ended.statusCode()).as(ended.body()).isEqualTo(200);
    assertThat(ended.body()).contains("\"status\":\"completed\"");
  }
}
