package dev.capstan.verify.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.TaskView;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers that speak HTTP, as any language can. */
class HttpWorkersTest {
  @TempDir static Path directory;
  private static DevEngine engine;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  record Reply(int status, JsonNode body) {}

  @BeforeAll
  static void start() {
    engine = new DevEngine(directory.resolve("data"));
  }

  @AfterAll
  static void stop() {
    HTTP.close();
    engine.close();
  }

  private static Reply post(String path, String body) {
    try {
      HttpResponse<String> response =
          HTTP.send(
              HttpRequest.newBuilder(URI.create(engine.http() + path))
                  .header("Content-Type", "application/json")
                  .timeout(DevEngine.PATIENCE)
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      String text = response.body().isEmpty() ? "null" : response.body();
      return new Reply(response.statusCode(), DevEngine.json(text));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Reply take(String function, String query) {
    return post(
        "/v1/work?" + query,
        "{\"worker\":\"w-%s\",\"functions\":[\"%s\"]}".formatted(function, function));
  }

  private static JsonNode taken(String function, String query) {
    Reply reply = take(function, query);
    assertThat(reply.status()).as("%s", reply.body()).isEqualTo(200);
    assertThat(reply.body().path("tasks")).hasSize(1);
    return reply.body().path("tasks").get(0);
  }

  private static Reply say(JsonNode task, String deed, String more) {
    return post(
        "/v1/work/" + task.path("id").asText() + "/" + deed,
        "{\"token\":\"" + task.path("token").asText() + "\"" + more + "}");
  }

  @Test
  void aWorkerTakesWhatItOffersAndItsResultIsTheOutput() {
    engine.start("h1", "call: sum\nwith: { of: [1, 2] }");
    JsonNode task = taken("sum", "wait=60s");
    assertThat(task.path("function").asText()).isEqualTo("sum");
    assertThat(task.path("name").asText()).isEqualTo("work");
    assertThat(task.path("arguments")).hasToString("{\"of\":[1,2]}");
    assertThat(task.path("attempt").asInt()).isEqualTo(1);
    assertThat(task.path("idempotencyKey").asText()).isNotBlank();
    assertThat(task.path("leaseMs").asLong()).isEqualTo(30_000);
    assertThat(say(task, "complete", ",\"output\":3").status()).isEqualTo(204);
    assertThat(engine.ended("h1").output()).hasToString("3");
    Reply again = say(task, "complete", ",\"output\":4");
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.body().path("code").asText()).isEqualTo("CAP-2006");
    assertThat(engine.gateway().audit(Principal.LOCAL, 100, null).items())
        .extracting(AuditEntry::operation)
        .contains("task.complete");
  }

  @Test
  void aRequestThatWaitsGetsWhatComesLaterAndNotMoreThanItAsksFor() {
    CompletableFuture<JsonNode> waiting =
        CompletableFuture.supplyAsync(() -> taken("late", "wait=60s"));
    await()
        .atMost(DevEngine.PATIENCE)
        .until(() ->
            engine.gateway().nodes(Principal.LOCAL).stream()
                .anyMatch(node -> node.id().equals("http:w-late")));
    engine.start("h2", "call: late");
    engine.start("h3", "call: late");
    JsonNode first = DevEngine.get(waiting);
    assertThat(say(first, "complete", "").status()).isEqualTo(204);
    JsonNode second = taken("late", "wait=60s");
    assertThat(second.path("id")).isNotEqualTo(first.path("id"));
    assertThat(say(second, "complete", "").status()).isEqualTo(204);
    assertThat(engine.ended("h2").error()).isNull();
    assertThat(engine.ended("h3").error()).isNull();
  }

  @Test
  void whatFailsIsAnErrorOfTheWorkflow() {
    engine.start("h4", "call: breaks");
    JsonNode task = taken("breaks", "wait=60s");
    Reply failed =
        say(
            task,
            "fail",
            ",\"error\":{\"type\":\"https://example.com/e\",\"status\":402,\"title\":\"No\",\"detail\":\"never\"}");
    assertThat(failed.status()).isEqualTo(204);
    ExecutionView ended = engine.ended("h4");
    assertThat(ended.error())
        .satisfies(error -> {
          assertThat(error.type()).isEqualTo("https://example.com/e");
          assertThat(error.status()).isEqualTo(402);
          assertThat(error.detail()).isEqualTo("never");
          assertThat(error.instance()).isEqualTo("/do/0/work");
        });
  }

  @Test
  void whatIsNotHeardOfForItsLeaseIsGivenToAnotherWithTheSameKeyAndTheFormerIsRefused() {
    engine.start("h5", "call: slow");
    JsonNode lost = taken("slow", "wait=60s&lease=1s");
    JsonNode found = taken("slow", "wait=60s&lease=1m");
    assertThat(found.path("id")).isEqualTo(lost.path("id"));
    assertThat(found.path("attempt").asInt()).isEqualTo(2);
    assertThat(found.path("idempotencyKey")).isEqualTo(lost.path("idempotencyKey"));
    assertThat(say(lost, "heartbeat", "").status()).isEqualTo(409);
    assertThat(say(lost, "complete", ",\"output\":1").status()).isEqualTo(409);
    assertThat(say(found, "complete", ",\"output\":2").status()).isEqualTo(204);
    assertThat(engine.ended("h5").output()).hasToString("2");
  }

  @Test
  void heartbeatsKeepATaskAndShowItsProgress() {
    engine.start("h6", "call: long");
    JsonNode task = taken("long", "wait=60s&lease=3s");
    // Longer than its lease, which is longer than a busy machine stands still.
    long end = System.nanoTime() + 5_000_000_000L;
    await()
        .atMost(DevEngine.PATIENCE)
        .until(() -> {
          assertThat(say(task, "heartbeat", ",\"progress\":0.5,\"message\":\"half\"").status())
              .isEqualTo(204);
          return System.nanoTime() > end;
        });
    assertThat(engine.gateway().execution(Principal.LOCAL, "h6").tasks())
        .extracting(TaskView::progressMessage)
        .contains("half");
    assertThat(say(task, "complete", "").status()).isEqualTo(204);
    assertThat(engine.ended("h6").error()).isNull();
  }

  @Test
  void aCancelledTaskIsNotItsWorkersAnyMore() {
    engine.start("h7", "call: cancelled");
    JsonNode task = taken("cancelled", "wait=60s");
    assertThat(say(task, "heartbeat", "").status()).isEqualTo(204);
    ExecutionView _ = DevEngine.get(engine.gateway().cancel(Principal.LOCAL, "h7", null));
    await()
        .atMost(DevEngine.PATIENCE)
        .untilAsserted(() -> assertThat(say(task, "heartbeat", "").status()).isEqualTo(409));
  }

  @Test
  void nothingToDoIsAnEmptyListAndNonsenseIsRefused() {
    assertThat(take("idle", "wait=200ms").body()).hasToString("{\"tasks\":[]}");
    assertThat(take("two words", "wait=1s").status()).isEqualTo(400);
    assertThat(take("idle", "lease=1ms").status()).isEqualTo(400);
    assertThat(post("/v1/work", "{\"worker\":\"w\",\"functions\":[]}").status()).isEqualTo(400);
    assertThat(post("/v1/work", "{\"worker\":\"w\",\"functions\":[\"f\"],\"max\":0}").status())
        .isEqualTo(400);
    assertThat(post("/v1/work/h1:1/complete", "{\"token\":\"nonsense\"}").status()).isEqualTo(400);
    assertThat(post("/v1/work/none:1/complete", "{\"token\":\"1.1\"}").status()).isEqualTo(409);
  }
}
