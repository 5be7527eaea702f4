package dev.capstan.server.http;

import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.history.ErrorType;
import dev.capstan.server.gateway.Refusal;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExecutionOperationsTest {
  private TestServer server;

  @BeforeAll
  void start() {
    server = new TestServer();
    server.deploy();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @Test
  void aStartAnswersWithPlaceIndexAndTheExecution() {
    HttpResponse<String> response =
        server.post(
            "/v1/executions",
            """
            {"workflow": {"namespace": "shop", "name": "order"}, "input": {"a": 1}, "id": "first", "labels": {"team": "x"}}
            """);

    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(response.headers().firstValue("Location")).hasValue("/v1/executions/first");
    assertThat(response.headers().firstValue("Capstan-Index")).isPresent();
    assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
    JsonNode execution = json(response);
    assertThat(execution.get("workflow"))
        .isEqualTo(json("{\"namespace\":\"shop\",\"name\":\"order\",\"version\":\"1.0.0\"}"));
    assertThat(execution.get("status").textValue()).isEqualTo("running");
    assertThat(execution.get("startedAt").textValue()).isEqualTo("2026-11-22T10:15:30Z");
    assertThat(execution.has("endedAt")).isFalse();
  }

  @Test
  void theSameKeyAnswersTheSameExecutionAndAnotherRequestUnderItIsRefused() {
    String body = "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"},\"input\":%d}";

    HttpResponse<String> first = keyed("k-1", body.formatted(1));
    HttpResponse<String> again = keyed("k-1", body.formatted(1));
    HttpResponse<String> other = keyed("k-1", body.formatted(2));

    assertThat(json(again).get("id")).isEqualTo(json(first).get("id"));
    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(json(other).get("code").textValue()).isEqualTo("CAP-2007");
  }

  private HttpResponse<String> keyed(String key, String body) {
    return server.send(
        server
            .request("/v1/executions")
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key)
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  @Test
  void aDeadlineIsAMomentAndPartOfTheRequest() {
    String body = "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"},\"deadline\":\"%s\"}";

    assertThat(keyed("k-d", body.formatted("2031-01-01T00:00:00Z")).statusCode()).isEqualTo(201);
    HttpResponse<String> wrong = keyed("k-e", body.formatted("tomorrow"));
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(json(wrong).get("detail").textValue()).contains("tomorrow", "deadline");
  }

  @Test
  void aKeyThatIsEmptyOrVeryLongIsRefused() {
    assertThat(keyed(" ", "{}").statusCode()).isEqualTo(400);
    String body = "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"}}";
    assertThat(json(keyed("k".repeat(257), body)).get("detail").textValue()).contains("256");
  }

  @Test
  void anInlineDefinitionMayBeTextOrObject() {
    HttpResponse<String> text =
        server.post(
            "/v1/executions?inline", "{\"definition\": \"document: {name: once, namespace: n}\"}");
    HttpResponse<String> object =
        server.post(
            "/v1/executions",
            "{\"definition\": {\"document\": {\"name\": \"once\", \"namespace\": \"n\"}}}");

    assertThat(text.statusCode()).isEqualTo(201);
    assertThat(json(object).at("/workflow/name").textValue()).isEqualTo("once");
  }

  @Test
  void inlineWithoutDefinitionAndBothOrNeitherAreRefused() {
    assertThat(
            server
                .post(
                    "/v1/executions?inline",
                    "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"}}")
                .statusCode())
        .isEqualTo(400);
    assertThat(json(server.post("/v1/executions", "{}")).get("detail").textValue())
        .contains("workflow", "definition");
  }

  @Test
  void waitAnswersWhenTheExecutionEnds() {
    String id = server.start();
    CompletableFuture<HttpResponse<String>> waiting =
        server
            .client()
            .sendAsync(
                server.request("/v1/executions/" + id + "?wait=30s").build(),
                HttpResponse.BodyHandlers.ofString());

    server.gateway.complete(id, JsonNodeFactory.instance.objectNode().put("b", 2));

    JsonNode execution = json(waiting.join());
    assertThat(execution.get("status").textValue()).isEqualTo("completed");
    assertThat(execution.at("/output/b").intValue()).isEqualTo(2);
    assertThat(execution.has("endedAt")).isTrue();
  }

  @Test
  void waitAnswersTheStateAsItIsWhenTheTimeIsOver() {
    JsonNode execution = json(server.get("/v1/executions/" + server.start() + "?wait=10ms"));

    assertThat(execution.get("status").textValue()).isEqualTo("running");
  }

  /** Whoever sent it on would start it once more if it were told that nothing was done. */
  @Test
  void aStartIsAnsweredAsOneEvenWhereTheWaitThatFollowsFails() {
    try (TestServer losing = new TestServer()) {
      losing.deploy();
      losing.gateway.waitsFail =
          new Refusal(Refusal.Code.NOT_READY, "This coordinator leads no more");

      HttpResponse<String> started =
          losing.post(
              "/v1/executions?wait=30s",
              "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"}}");

      assertThat(started.statusCode()).isEqualTo(201);
      assertThat(json(started).get("status").textValue()).isEqualTo("running");
    }
  }

  @Test
  void aWaitThatIsTooLongOrNoDurationIsRefused() {
    String id = server.start();

    assertThat(json(server.get("/v1/executions/" + id + "?wait=2h")).get("detail").textValue())
        .contains("at most 300s");
    assertThat(json(server.get("/v1/executions/" + id + "?wait=soon")).get("hint").textValue())
        .contains("30s");
  }

  @Test
  void aFaultedExecutionShowsItsErrorObject() {
    String id = server.start();
    server.gateway.fault(id, ErrorType.TIMEOUT.error("took too long", "/do/0/build"));

    JsonNode error = json(server.get("/v1/executions/" + id)).get("error");

    assertThat(error.get("type").textValue()).endsWith("/spec/1.0.0/errors/timeout");
    assertThat(error.get("instance").textValue()).isEqualTo("/do/0/build");
  }

  @Test
  void aListIsFilteredAndGoesOnAtItsCursor() {
    String query = "/v1/executions?workflow=shop/order&label=batch=7&limit=2";
    for (int i = 0; i < 3; i++) {
      server.post(
          "/v1/executions",
          "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"},\"labels\":{\"batch\":\"7\"},\"id\":\"l-%d\"}"
              .formatted(i));
    }

    HttpResponse<String> first = server.get(query);
    String next = first.headers().firstValue("Link").orElseThrow();
    JsonNode rest = json(server.get(next.substring(1, next.indexOf('>'))));

    assertThat(json(first).get("executions"))
        .extracting(e -> e.get("id").textValue())
        .containsExactly("l-2", "l-1");
    assertThat(rest.get("executions"))
        .extracting(e -> e.get("id").textValue())
        .containsExactly("l-0");
    assertThat(rest.has("next")).isFalse();
  }

  @Test
  void aStatusThatIsNoneNamesTheNearest() {
    JsonNode problem = json(server.get("/v1/executions?status=runing"));

    assertThat(problem.get("hint").textValue()).contains("did you mean \"running\"", "completed");
  }

  @Test
  void controlsTakeAReasonOrNothing() {
    String id = server.start();

    assertThat(
            json(server.post("/v1/executions/" + id + "/suspend", "{\"reason\": \"lunch\"}"))
                .get("status")
                .textValue())
        .isEqualTo("suspended");
    assertThat(
            json(server.send(
                    server
                        .request("/v1/executions/" + id + "/resume")
                        .POST(BodyPublishers.noBody())
                        .build()))
                .get("status")
                .textValue())
        .isEqualTo("running");
    assertThat(
            json(server.post("/v1/executions/" + id + "/cancel", "{}")).get("status").textValue())
        .isEqualTo("cancelled");
    assertThat(server.post("/v1/executions/" + id + "/retry", "{}").statusCode()).isEqualTo(409);
    assertThat(server.get("/v1/executions/" + id + "/history").body()).contains("lunch");
  }

  @Test
  void liveTasksSayWhyTheyWait() {
    JsonNode tasks = json(server.get("/v1/executions/" + server.start() + "/tasks")).get("tasks");

    assertThat(tasks.get(0).get("reason").textValue()).isEqualTo("no node has a free slot");
  }

  @Test
  void oneTaskIsWrappedAndItsFaultsPointIntoTheBody() {
    HttpResponse<String> started =
        server.post("/v1/tasks", "{\"task\": {\"call\": \"http\", \"with\": {}}, \"id\": \"t-1\"}");
    HttpResponse<String> neither = server.post("/v1/tasks", "{\"task\": {\"set\": {}}}");

    assertThat(started.statusCode()).isEqualTo(201);
    assertThat(json(started).at("/workflow/namespace").textValue()).isEqualTo("tasks");
    assertThat(json(neither).get("detail").textValue()).contains("call", "run");
  }
}
