package dev.capstan.server.http;

import static dev.capstan.server.Patience.await;
import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.Gateway.Readiness;
import dev.capstan.server.gateway.Refusal;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProblemsTest {
  private static final String START = "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"}}";

  private TestServer server;

  @BeforeAll
  void start() {
    server =
        new TestServer(
            s -> TestServer.bounds(s, 10_000, 2, 64, Duration.ofSeconds(5), Duration.ofSeconds(5)));
    server.deploy();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @Test
  void aProblemHasEverythingAClientNeeds() {
    HttpResponse<String> response = server.get("/v1/executions/nobody");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    JsonNode problem = json(response);
    assertThat(problem.get("type").textValue()).isEqualTo("/errors/CAP-2004");
    assertThat(problem.get("title").textValue()).isEqualTo("Not found");
    assertThat(problem.get("status").intValue()).isEqualTo(404);
    assertThat(problem.get("detail").textValue()).contains("nobody");
    assertThat(problem.get("instance").textValue()).isEqualTo("/v1/executions/nobody");
    assertThat(problem.get("code").textValue()).isEqualTo("CAP-2004");
    assertThat(problem.get("retryable").booleanValue()).isFalse();
    assertThat(problem.get("applied").textValue()).isEqualTo("no");
    assertThat(problem.get("requestId").textValue())
        .isEqualTo(response.headers().firstValue("X-Request-Id").orElseThrow());
  }

  @Test
  void everyCodeHasItsPageOnTheServer() {
    for (Refusal.Code code : Refusal.Code.values()) {
      HttpResponse<String> page = server.get("/errors/" + code.id());
      assertThat(page.statusCode()).as(code.id()).isEqualTo(200);
      assertThat(page.body()).startsWith("# " + code.id());
    }
    for (HttpFault.Code code : HttpFault.Code.values()) {
      assertThat(server.get("/errors/" + code.id()).statusCode()).as(code.id()).isEqualTo(200);
    }
    assertThat(server.get("/errors/CAP-0000").statusCode()).isEqualTo(404);
    assertThat(server.get("/errors/..%2F..%2Fx").statusCode()).isEqualTo(404);
  }

  @Test
  void anUnknownPathNamesTheNearest() {
    assertThat(json(server.get("/v1/execution")).get("hint").textValue())
        .contains("/v1/executions");
    assertThat(json(server.get("/v1/executions/a/histroy")).get("hint").textValue())
        .contains("/v1/executions/{id}/history");
  }

  @Test
  void anotherMethodIsToldWhichAreAllowed() {
    HttpResponse<String> response = server.send(server.request("/v1/executions").DELETE().build());

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("Allow")).hasValue("POST, GET, HEAD, OPTIONS");
  }

  @Test
  void optionsAndHeadAnswerWithoutABody() {
    HttpResponse<String> options =
        server.send(
            server.request("/v1/executions").method("OPTIONS", BodyPublishers.noBody()).build());
    HttpResponse<String> head = server.send(server.request("/v1/nodes").HEAD().build());

    assertThat(options.statusCode()).isEqualTo(204);
    assertThat(options.headers().firstValue("Allow")).hasValue("POST, GET, HEAD, OPTIONS");
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValueAsLong("Content-Length"))
        .hasValue(server.get("/v1/nodes").body().length());
  }

  @Test
  void anUnknownMemberOfTheBodyIsRefusedWithItsPlaceAndTheNearest() {
    JsonNode problem =
        json(
            server.post(
                "/v1/executions",
                "{\"workflow\":{\"namespace\":\"shop\",\"nmae\":\"order\"},\"inputs\":1}"));

    assertThat(problem.get("status").intValue()).isEqualTo(400);
    assertThat(problem.get("errors"))
        .extracting(e -> e.get("pointer").textValue())
        .containsExactly("/inputs", "/workflow/nmae", "/workflow/name");
    assertThat(problem.at("/errors/0/hint").textValue()).contains("did you mean \"input\"?");
  }

  @Test
  void anUnknownQueryParameterIsRefusedWithTheNearest() {
    JsonNode problem = json(server.get("/v1/executions?stauts=running"));

    assertThat(problem.get("hint").textValue()).contains("did you mean \"status\"?");
  }

  @Test
  void brokenJsonIsToldWithLineAndColumn() {
    JsonNode problem =
        json(server.post("/v1/executions", "{\n  \"workflow\": {\n    \"name\": oops\n"));

    assertThat(problem.get("status").intValue()).isEqualTo(400);
    assertThat(problem.at("/errors/0/line").intValue()).isEqualTo(3);
    assertThat(problem.at("/errors/0/column").intValue()).isPositive();
  }

  @Test
  void hostileJsonIsRefused() {
    String deep = "{\"input\":" + "[".repeat(300) + "]".repeat(300) + "}";
    assertThat(json(server.post("/v1/executions", deep)).get("detail").textValue())
        .contains("256 levels");
    assertThat(server.post("/v1/executions", "{\"input\":" + "9".repeat(300) + "}").statusCode())
        .isEqualTo(400);
    assertThat(json(server.post("/v1/executions", "{\"input\":1e999}")).get("detail").textValue())
        .contains("double");
    assertThat(
            json(server.post("/v1/executions", "{\"input\":\"\\ud800\"}"))
                .get("detail")
                .textValue())
        .contains("surrogate");
    assertThat(
            json(server.post("/v1/executions", "{\"id\":\"a\",\"id\":\"b\"}"))
                .get("detail")
                .textValue())
        .contains("Duplicate");
    assertThat(server.post("/v1/executions", START + "{}").statusCode()).isEqualTo(400);
    assertThat(json(server.post("/v1/executions", "")).get("detail").textValue())
        .contains("is empty");
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    HttpResponse<String> response =
        server.send(
            server
                .request("/v1/executions")
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofByteArray(
                        new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}))
                .build());

    assertThat(json(response).get("detail").textValue()).contains("not UTF-8", "byte 2");
  }

  @Test
  void anotherMediaTypeIsRefusedWithThoseThatAreTaken() {
    HttpResponse<String> response =
        server.send(
            server
                .request("/v1/executions")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString(START))
                .build());

    assertThat(response.statusCode()).isEqualTo(415);
    assertThat(json(response).get("hint").textValue()).contains("application/json");
  }

  @Test
  void aBodyBeyondTheLimitIsRefusedWithLimitAndSetting() {
    String large = "{\"input\":\"" + "x".repeat(200_000) + "\"}";

    HttpResponse<String> declared = server.post("/v1/executions", large);
    HttpResponse<String> chunked =
        server.send(
            server
                .request("/v1/executions")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofString(large)))
                .build());

    assertThat(declared.statusCode()).isEqualTo(413);
    assertThat(json(declared).get("detail").textValue()).contains("10000 bytes");
    assertThat(json(declared).get("hint").textValue()).contains("http.max_request_body");
    assertThat(chunked.statusCode()).isEqualTo(413);
  }

  @Test
  void aRefusalOfTheEngineSaysWhenToTryAgain() {
    server.gateway.startFails =
        new Refusal(
            Refusal.Code.BUSY,
            "the inbox is full",
            "slow down",
            Duration.ofMillis(2500),
            List.of());
    try {
      HttpResponse<String> response = server.post("/v1/executions", START);

      assertThat(response.statusCode()).isEqualTo(429);
      assertThat(response.headers().firstValue("Retry-After")).hasValue("3");
      assertThat(json(response).get("retryable").booleanValue()).isTrue();
      assertThat(json(response).get("retryAfterMs").longValue()).isEqualTo(2500);
    } finally {
      server.gateway.startFails = null;
    }
  }

  @Test
  void aFailureShowsNothingOfItsInside() {
    server.gateway.startFails = new IllegalStateException("secret detail");
    try {
      HttpResponse<String> response = server.post("/v1/executions", START);

      assertThat(response.statusCode()).isEqualTo(500);
      assertThat(response.body()).doesNotContain("secret detail").contains("CAP-9001");
    } finally {
      server.gateway.startFails = null;
    }
  }

  @Test
  void moreRequestsThanAllowedAreRefusedButHealthAnswers() {
    CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
    server.gateway.startsWaitFor = gate;
    try {
      List<CompletableFuture<HttpResponse<String>>> all =
          java.util.stream.IntStream.range(0, 5).mapToObj(i -> startAsync()).toList();
      // All beyond the limit are refused before one of the others makes room.
      await().until(() -> all.stream().filter(CompletableFuture::isDone).count() == 3);

      assertThat(server.get("/livez").statusCode()).isEqualTo(200);
      gate.complete(null);
      assertThat(all).extracting(f -> f.join().statusCode()).contains(201, 429);
      assertThat(all).filteredOn(f -> f.join().statusCode() == 201).hasSize(2);
    } finally {
      gate.complete(null);
      server.gateway.startsWaitFor = null;
    }
  }

  private CompletableFuture<HttpResponse<String>> startAsync() {
    return server
        .client()
        .sendAsync(
            server
                .request("/v1/executions")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(START))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void readinessSaysWhyNot() {
    server.gateway.readiness = new Readiness(false, List.of("partition 0 has no leader"));
    try {
      HttpResponse<String> response = server.get("/readyz");

      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(json(response).at("/reasons/0").textValue())
          .isEqualTo("partition 0 has no leader");
    } finally {
      server.gateway.readiness = new Readiness(true, List.of());
    }
  }
}
