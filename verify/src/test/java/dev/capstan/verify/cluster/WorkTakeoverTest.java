package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.HistoryEntry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers that speak HTTP call any coordinator, whoever leads. */
class WorkTakeoverTest {
  private static final String CALL =
      """
      document: {dsl: '1.0.3', namespace: test, name: call, version: 1.0.0}
      do:
        - pay:
            call: charge-card
      """;
  private static final String WANTED =
      "{\"worker\": \"payments\", \"functions\": [\"charge-card\"]}";
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path directory;

  private record Reply(int status, String body) {}

  private static Reply post(URI door, String path, String body) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(door.resolve(path))
                  .header("Content-Type", "application/json")
                  .timeout(Duration.ofSeconds(90))
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      return new Reply(response.statusCode(), response.body());
    }
  }

  private static void start(URI door, String id) throws Exception {
    String body = JSON.createObjectNode().put("definition", CALL).put("id", id).toString();
    Reply reply = post(door, "/v1/executions", body);
    while (reply.status() == 503) {
      reply = post(door, "/v1/executions", body);
    }
    assertThat(reply.status()).as(reply.body()).isIn(200, 201);
  }

  private static String ended(URI door, String id) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      String body =
          client
              .send(
                  HttpRequest.newBuilder(door.resolve("/v1/executions/" + id + "?wait=60s"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      return JSON.readTree(body).path("status").asText();
    }
  }

  private static JsonNode take(URI door) throws Exception {
    Reply reply = post(door, "/v1/work?wait=60s&lease=5m", WANTED);
    while (reply.status() == 503) {
      reply = post(door, "/v1/work?wait=60s&lease=5m", WANTED);
    }
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
    JsonNode tasks = JSON.readTree(reply.body()).path("tasks");
    assertThat(tasks).hasSize(1);
    return tasks.get(0);
  }

  private static Reply say(URI door, JsonNode task, String deed) throws Exception {
    return post(
        door,
        "/v1/work/" + task.path("id").asText() + "/" + deed,
        "{\"token\": \"" + task.path("token").asText() + "\"}");
  }

  /** As workers do: what may be asked again is asked again, and then the result may be there. */
  private static void complete(URI door, JsonNode task) throws Exception {
    List<Integer> expected = List.of(204);
    Reply reply = say(door, task, "complete");
    while (reply.status() == 503) {
      expected = List.of(204, 409);
      reply = say(door, task, "complete");
    }
    assertThat(reply.status()).as(reply.body()).isIn(expected);
  }

  @Test
  void aTaskStaysItsWorkersWhenTheLeadershipChanges() throws Exception {
    try (Trio trio = new Trio(directory)) {
      var _ = trio.start(CALL, "e1");
      String asked = trio.followers().getFirst();
      JsonNode task = take(trio.door(asked));
      assertThat(task.path("id").asText()).startsWith("e1:");

      trio.stop(trio.leader());
      String leader = trio.leader();
      String other =
          trio.followers().stream().filter(each -> !each.equals(leader)).findFirst().orElseThrow();
      Awaitility.await()
          .atMost(Trio.PATIENCE)
          .until(() -> say(trio.door(other), task, "heartbeat").status() == 204);
      assertThat(say(trio.door(other), task, "complete").status()).isEqualTo(204);

      assertThat(trio.ended("e1").error()).isNull();
      List<HistoryEntry> history =
          trio.ask(gateway -> gateway.history(Principal.LOCAL, "e1", 0, 100)).items();
      assertThat(history)
          .filteredOn(entry -> entry.type().equals("task.started"))
          .as("the attempt was given away once")
          .hasSize(1);
      assertThat(say(trio.door(other), task, "complete").status()).isEqualTo(409);
    }
  }

  @Test
  void theTasksOfAllPartitionsAreTakenThroughAnyDoor() throws Exception {
    try (Trio trio = new Trio(directory, 3)) {
      for (int i = 0; i < 6; i++) {
        start(trio.door("c1"), "p" + i);
      }
      Set<String> done = new HashSet<>();
      for (int i = 0; i < 6; i++) {
        URI door = trio.door("c" + (1 + i % 3));
        JsonNode task = take(door);
        complete(door, task);
        done.add(task.path("id").asText());
      }
      assertThat(done).hasSize(6);
      for (int i = 0; i < 6; i++) {
        assertThat(ended(trio.door("c2"), "p" + i)).isEqualTo("completed");
      }
    }
  }
}
