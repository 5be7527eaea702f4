package dev.capstan.client;

import static dev.capstan.client.CapstanClient.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CapstanClientTest {
  private static final String EXECUTION =
      """
      {"id":"e1","workflow":{"namespace":"shop","name":"order","version":"1.0.0"},"status":"completed","input":{"a":1},
       "output":[1,2],"labels":{"team":"billing"},"startedAt":"2026-01-02T03:04:05Z","endedAt":"2026-01-02T03:04:06Z",
       "startedBy":"local","tasks":[],"fromALaterVersion":true}
      """;
  private static final String BUSY =
      """
      {"type":"/errors/CAP-6001","title":"Busy","status":429,"detail":"the inbox is full","instance":"/v1/executions",
       "code":"CAP-6001","retryable":true,"retryAfterMs":1,"applied":"no","requestId":"r1"}
      """;
  private static final String MISSING =
      """
      {"title":"Not found","status":404,"detail":"There is no node w1","code":"CAP-2004","retryable":false,"applied":"no",
       "requestId":"r1"}
      """;
  private static final String UNKNOWN =
      """
      {"title":"Outcome unknown","status":503,"detail":"no answer","code":"CAP-6003","retryable":true,"retryAfterMs":1,
       "applied":"unknown","requestId":"r1"}
      """;

  /** Of the port for discarding (RFC 863), which no connection and no other test can come upon. */
  private static final String NOBODY = "http://127.0.0.1:9";

  private static final WorkflowName ORDER = new WorkflowName("shop", "order", null);

  private final ScriptedServer server = new ScriptedServer();
  private final CapstanClient client =
      CapstanClient.builder()
          .server(server.address())
          .retries(new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(5)))
          .build();

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void anExecutionIsReadWithAllItsMembersAndUnknownOnesAreIgnored() {
    server.then(200, EXECUTION);

    Execution execution = await(client.execution("e 1"));

    assertThat(execution.workflow()).isEqualTo(new WorkflowName("shop", "order", "1.0.0"));
    assertThat(execution.output()).hasToString("[1,2]");
    assertThat(execution.labels()).containsEntry("team", "billing");
    assertThat(execution.endedAt()).isEqualTo(Instant.parse("2026-01-02T03:04:06Z"));
    assertThat(execution.error()).isNull();
    assertThat(execution.hasEnded()).isTrue();
    assertThat(server.asked().getFirst().path()).isEqualTo("/v1/executions/e%201");
  }

  @Test
  void whatIsGoneWhenItsRemovalIsRepeatedWasRemoved() {
    server.then(503, UNKNOWN).then(404, MISSING);

    await(client.removeNode("w1", true));

    assertThat(server.asked()).hasSize(2);
  }

  @Test
  void whatNeverWasCanNotBeRemoved() {
    server.then(429, BUSY).then(404, MISSING);

    assertThatThrownBy(() -> await(client.removeNode("w1", true)))
        .isInstanceOf(CapstanException.NotFound.class);
  }

  @Test
  void aStartIsRepeatedWithTheSameKeyWhenItsOutcomeIsUnknown() {
    server.then(503, UNKNOWN).then(201, EXECUTION);

    await(
        client.start(
            StartRequest.of(ORDER).withInput(JsonNodeFactory.instance.objectNode().put("a", 1))));

    assertThat(server.asked()).hasSize(2);
    assertThat(server.asked())
        .extracting(asked -> asked.headers().get("Idempotency-Key"))
        .doesNotContainNull()
        .hasSize(2);
    assertThat(server.asked().get(0)).isEqualTo(server.asked().get(1));
    assertThat(server.asked().getFirst().body())
        .isEqualTo(
            "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"},\"input\":{\"a\":1}}");
  }

  @Test
  void aStartSaysWhetherItHadBeenCarriedOutBefore() {
    server.then(201, EXECUTION).then(200, EXECUTION);
    StartRequest request = StartRequest.of(ORDER);

    assertThat(await(client.startOnce(request, Duration.ZERO)).replayed()).isFalse();
    assertThat(await(client.startOnce(request, Duration.ZERO)).replayed()).isTrue();
  }

  @Test
  void aChangeWhoseOutcomeIsUnknownIsNotRepeated() {
    server.then(503, UNKNOWN).then(200, EXECUTION);

    assertThatExceptionOfType(CapstanException.Unavailable.class)
        .isThrownBy(() -> await(client.retry("e1")))
        .satisfies(failure -> assertThat(failure.code()).isEqualTo("CAP-6003"));
    assertThat(server.asked()).hasSize(1);
  }

  @Test
  void aChangeThatWasNotCarriedOutIsRepeated() {
    server.then(429, BUSY).then(200, EXECUTION);

    assertThat(await(client.cancel("e1", "no longer wanted")).id()).isEqualTo("e1");

    assertThat(server.asked()).hasSize(2);
    assertThat(server.asked().getFirst().body()).isEqualTo("{\"reason\":\"no longer wanted\"}");
  }

  @Test
  void aRequestIsGivenUpAfterAsManyAttemptsAsThePolicySays() {
    server.then(429, BUSY).then(429, BUSY).then(429, BUSY).then(200, EXECUTION);

    assertThatExceptionOfType(CapstanException.Unavailable.class)
        .isThrownBy(() -> await(client.execution("e1")));
    assertThat(server.asked()).hasSize(3);
  }

  @Test
  void aProblemBecomesAnExceptionWithCodeHintAndPlace() {
    server.then(
        400,
        """
        {"title":"Invalid definition","status":400,"detail":"the definition has 1 error","code":"CAP-2001","hint":"see errors",
         "retryable":false,"applied":"no","requestId":"r1",
         "errors":[{"code":"CAP-1204","pointer":"/do/0","line":17,"column":15,"detail":"unknown task","hint":"did you mean a"}]}
        """);

    assertThatExceptionOfType(CapstanException.Invalid.class)
        .isThrownBy(() -> await(client.deploy("document: {}", "order.yaml")))
        .withMessage("the definition has 1 error")
        .satisfies(failure -> {
          assertThat(failure.code()).isEqualTo("CAP-2001");
          assertThat(failure.hint()).isEqualTo("see errors");
          assertThat(failure.problem().pointer()).isEqualTo("/do/0");
          assertThat(failure.findings())
              .containsExactly(
                  new Finding("CAP-1204", "/do/0", 17, 15, "unknown task", "did you mean a"));
        });
    assertThat(server.asked().getFirst().headers())
        .containsEntry("Content-Type", "application/yaml");
    assertThat(server.asked().getFirst().path()).isEqualTo("/v1/definitions?source=order.yaml");
  }

  @Test
  void statusesBecomeTypesOfExceptions() {
    for (var each :
        Map.of(
                404,
                CapstanException.NotFound.class,
                409,
                CapstanException.Conflict.class,
                403,
                CapstanException.Denied.class)
            .entrySet()) {
      server.then(
          each.getKey(), "{\"status\":" + each.getKey() + ",\"detail\":\"no\",\"code\":\"CAP-1\"}");
      assertThatExceptionOfType(each.getValue()).isThrownBy(() -> await(client.cluster()));
    }
  }

  @Test
  void anAnswerThatIsNoneOfTheApiIsNamedAsSuch() {
    server.then(500, "<html>proxy</html>");

    assertThatExceptionOfType(CapstanException.ServerFailed.class)
        .isThrownBy(() -> await(client.nodes()))
        .withMessageContaining("GET /v1/nodes was answered with status 500: <html>proxy</html>");
  }

  @Test
  void aServerThatIsNotThereIsSaidWithWhatToDo() {
    try (CapstanClient alone =
        CapstanClient.builder().server(NOBODY).retries(RetryPolicy.NONE).build()) {
      assertThatExceptionOfType(CapstanException.Unavailable.class)
          .isThrownBy(() -> await(alone.nodes()))
          .withMessage("no connection to " + NOBODY)
          .satisfies(failure -> assertThat(failure.hint()).contains("capstan dev"));
    }
  }

  @Test
  void whileOneServerIsNotThereTheNextIsAsked() {
    server.then(200, "{\"nodes\":[]}").then(200, "{\"nodes\":[]}");
    try (CapstanClient several =
        CapstanClient.builder()
            .servers(List.of(NOBODY, server.address()))
            .retries(RetryPolicy.NONE)
            .build()) {
      assertThat(await(several.nodes())).isEmpty();
      assertThat(several.server()).isEqualTo(server.address());
      assertThat(await(several.nodes())).isEmpty();
    }
    assertThat(server.asked()).hasSize(2);
  }

  @Test
  void whoLeadsIsAskedDirectlyIfItIsKnown() {
    try (ScriptedServer leader = new ScriptedServer();
        CapstanClient several =
            CapstanClient.builder().servers(List.of(server.address(), leader.address())).build()) {
      server.then(200, "{\"nodes\":[]}", Map.of("Capstan-Leader", "http://somewhere.else:1"));
      server.then(200, "{\"nodes\":[]}", Map.of("Capstan-Leader", leader.address()));
      leader.then(200, "{\"nodes\":[]}");

      await(several.nodes());
      assertThat(several.server()).isEqualTo(server.address());
      await(several.nodes());
      await(several.nodes());

      assertThat(leader.asked()).hasSize(1);
    }
  }

  @Test
  @Timeout(120)
  void whoLeadsIsFoundOutBeforeEverybodyGoesThere() {
    try (ScriptedServer leader = new ScriptedServer();
        CapstanClient several =
            CapstanClient.builder()
                .servers(List.of(NOBODY, server.address(), leader.address()))
                .build()) {
      // At first the gone one still counts as the leader.
      server.thenIs(200, Map.of("Capstan-Leader", NOBODY));
      leader.thenIs(503, Map.of());
      server.thenIs(200, Map.of("Capstan-Leader", leader.address()));
      leader.thenIs(200, Map.of());
      List<CompletableFuture<?>> calls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        leader.then(200, "{\"nodes\":[]}");
        calls.add(several.nodes());
      }

      calls.forEach(CompletableFuture::join);

      assertThat(several.server()).isEqualTo(leader.address());
      assertThat(server.asked()).isEmpty();
      assertThat(leader.asked())
          .extracting(ScriptedServer.Asked::path)
          .containsOnly("/v1/nodes")
          .hasSize(8);
    }
  }

  /** As a coordinator that is cut off from the others answers. */
  @Test
  void whereAServerCanDoNothingTheNextIsAsked() {
    try (ScriptedServer whole = new ScriptedServer();
        CapstanClient several =
            CapstanClient.builder().servers(List.of(server.address(), whole.address())).build()) {
      server.then(
          503,
          "{\"status\":503,\"title\":\"Not ready\",\"detail\":\"nobody leads\",\"retryable\":true,"
              + "\"applied\":\"no\"}");
      whole.then(200, "{\"nodes\":[]}");

      assertThat(await(several.nodes())).isEmpty();
      assertThat(several.server()).isEqualTo(whole.address());
    }
  }

  @Test
  void whenNoServerIsThereThePolicySaysHowOftenAllAreTried() {
    try (CapstanClient several =
        CapstanClient.builder()
            .servers(List.of(NOBODY, NOBODY + "/"))
            .retries(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1)))
            .build()) {
      assertThatExceptionOfType(CapstanException.Unavailable.class)
          .isThrownBy(() -> await(several.nodes()));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CapstanClient.builder().servers(List.of()));
  }

  @Test
  void listsComeInPages() {
    server
        .then(
            200,
            "{\"events\":[{\"index\":0,\"time\":\"2026-01-02T03:04:05Z\",\"type\":\"execution.started\"}],\"next\":1}")
        .then(200, "{\"events\":[]}");

    Page<HistoryEvent> first = await(client.history("e1", PageRequest.first(1)));
    Page<HistoryEvent> second = await(client.history("e1", PageRequest.first(1).after(first)));

    assertThat(first.items()).extracting(HistoryEvent::type).containsExactly("execution.started");
    assertThat(second.next()).isNull();
    assertThat(server.asked())
        .extracting(ScriptedServer.Asked::path)
        .containsExactly(
            "/v1/executions/e1/history?limit=1", "/v1/executions/e1/history?limit=1&cursor=1");
  }

  @Test
  void filtersAreParametersOfTheQuery() {
    server.then(200, "{\"executions\":[]}");

    await(
        client.executions(
            new ExecutionFilter("running", "shop/order", Map.of("team", "a b"), null),
            PageRequest.first(5)));

    assertThat(server.asked().getFirst().path())
        .isEqualTo(
            "/v1/executions?status=running&workflow=shop%2Forder&label=team%3Da%20b&limit=5");
  }

  @Test
  void aWatchGoesOnBehindTheLastEventWhenItsStreamBreaks() {
    server
        .thenStream("retry: 1\n\n" + event(0, "execution.started") + event(1, "task.created"))
        .thenStream(
            event(2, "task.completed")
                + "event: output\ndata: {\"task\":\"t\",\"reference\":\"/do/0/t\",\"run\":1,\"attempt\":1,\"stream\":\"stdout\","
                + "\"text\":\"hi\"}\n\n: still here\n\nevent: end\ndata: "
                + EXECUTION.replace("\n", "")
                + "\n\n");
    List<String> seen = new ArrayList<>();
    ExecutionWatcher watcher =
        new ExecutionWatcher() {
          @Override
          public void history(HistoryEvent event) {
            seen.add(event.index() + " " + event.type());
          }

          @Override
          public void output(OutputPiece piece) {
            seen.add(piece.text());
          }

          @Override
          public void reconnecting(CapstanException reason) {
            seen.add("reconnecting");
          }
        };

    try (ExecutionWatch watch = client.watch("e1", watcher)) {
      assertThat(await(watch.end()).status()).isEqualTo("completed");
    }

    assertThat(seen)
        .containsExactly(
            "0 execution.started", "1 task.created", "reconnecting", "2 task.completed", "hi");
    assertThat(server.asked().get(1).headers()).containsEntry("Last-Event-ID", "1");
  }

  private static String event(long index, String type) {
    return "id: %d\nevent: history\ndata: {\"index\":%d,\"time\":\"2026-01-02T03:04:05Z\",\"type\":\"%s\"}\n\n"
        .formatted(index, index, type);
  }

  @Test
  void aWatchOfWhatIsNotThereFails() {
    server.then(
        404,
        "{\"status\":404,\"detail\":\"there is no execution \\\"x\\\"\",\"code\":\"CAP-2004\"}");

    try (ExecutionWatch watch = client.watch("x", new ExecutionWatcher() {})) {
      assertThatExceptionOfType(CapstanException.NotFound.class)
          .isThrownBy(() -> await(watch.end()));
    }
  }

  @Test
  void anAddressThatIsNoneIsRefused() {
    for (String address :
        List.of("127.0.0.1:7480", "ftp://host", "http://host/path", "http:// host")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CapstanClient.builder().server(address));
    }
  }

  @Test
  void workflowsAreNamedWithOrWithoutNamespaceAndVersion() {
    assertThat(WorkflowName.parse("order")).isEqualTo(new WorkflowName("default", "order", null));
    assertThat(WorkflowName.parse("shop/order@1.2.0"))
        .isEqualTo(new WorkflowName("shop", "order", "1.2.0"));
    assertThatIllegalArgumentException().isThrownBy(() -> WorkflowName.parse("shop/"));
    assertThatIllegalArgumentException().isThrownBy(() -> WorkflowName.parse("order@"));
  }

  @Test
  void pausesGrowAreRandomAndNeverShorterThanTheServerAsks() {
    RetryPolicy policy = RetryPolicy.ofDefaults();

    assertThat(policy.pauseMillis(1, 0.5, 0)).isEqualTo(50);
    assertThat(policy.pauseMillis(3, 0.5, 0)).isEqualTo(200);
    assertThat(policy.pauseMillis(20, 0.999, 0)).isLessThanOrEqualTo(3000);
    assertThat(policy.pauseMillis(1, 0, 2000)).isGreaterThanOrEqualTo(2000);
  }
}
