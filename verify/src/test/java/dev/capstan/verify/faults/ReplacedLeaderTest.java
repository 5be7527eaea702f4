package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.security.tls.Credential;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A leader that stood still while another one was elected goes on where it was, and what waits for
 * it is asked before it hears of the other.
 */
class ReplacedLeaderTest {
  private static final int ROUNDS = 4;

  /** Nothing was done, and who asks again learns more: a machine without time may say so. */
  private static final int UNCERTAIN = 503;

  private static final String DEFINITION =
      """
      document: {dsl: '1.0.3', namespace: faults, name: replaced-%d, version: '1.0.0'}
      do:
        - pause: {wait: {minutes: 1}}
      """;

  @TempDir Path directory;

  private static URI door(Fleet fleet, String coordinator) {
    int number = Integer.parseInt(coordinator.substring(1));
    return URI.create(fleet.credential().servers().get(number - 1));
  }

  private static CompletableFuture<HttpResponse<String>> post(
      HttpClient http, Credential credential, URI door, String path, String json) {
    return http.sendAsync(
        HttpRequest.newBuilder(door.resolve(path))
            .timeout(Duration.ofSeconds(60))
            .header("Authorization", "Bearer " + credential.key())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  void itDoesNotSayThatThereIsNoneOfWhatItHasNotHeardOf() throws Exception {
    try (Fleet fleet = new Fleet(directory.resolve("fleet"), 3, 0)) {
      for (int round = 0; round < ROUNDS; round++) {
        try (HttpClient starts = http(fleet);
            HttpClient moves = http(fleet)) {
          replace(fleet, starts, moves, round);
        }
        fleet.view().awaitComplete(3);
      }
    }
  }

  private static HttpClient http(Fleet fleet) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .sslContext(fleet.credential().tls())
        .build();
  }

  private static void replace(Fleet fleet, HttpClient starts, HttpClient moves, int round)
      throws Exception {
    Credential credential = fleet.credential();
    String leader = fleet.view().certainLeader(0);
    URI door = door(fleet, leader);
    // Over connections that are there already, the requests are read as soon as it goes on.
    for (HttpClient each : new HttpClient[] {starts, moves}) {
      HttpRequest alive = HttpRequest.newBuilder(door.resolve("/livez")).build();
      assertThat(each.send(alive, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
    }
    fleet.pause(leader);
    CompletableFuture<HttpResponse<String>> start;
    CompletableFuture<HttpResponse<String>> move;
    try {
      fleet.view().awaitLeadersOtherThan(leader);
      CapstanClient client = fleet.view().client();
      Object _ = CapstanClient.await(client.deploy(DEFINITION.formatted(round), "replaced.yaml"));
      WorkflowName workflow = new WorkflowName("faults", "replaced-" + round, null);
      Object _ =
          CapstanClient.await(client.start(StartRequest.of(workflow).withId("there-" + round)));
      String named =
          "{\"workflow\":{\"namespace\":\"faults\",\"name\":\"replaced-%d\"},\"id\":\"here-%d\"}";
      start = post(starts, credential, door, "/v1/executions", named.formatted(round, round));
      move =
          post(
              moves,
              credential,
              door,
              "/v1/executions/there-" + round + "/migrate",
              "{\"version\":\"1.0.0\",\"dryRun\":true}");
    } finally {
      fleet.go(leader);
    }

    HttpResponse<String> started = start.get(60, TimeUnit.SECONDS);
    assertThat(started.statusCode()).as(started.body()).isIn(201, UNCERTAIN);
    HttpResponse<String> moved = move.get(60, TimeUnit.SECONDS);
    assertThat(moved.statusCode()).as(moved.body()).isIn(200, UNCERTAIN);
  }
}
