package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.executor.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DSL reference, A2A call. */
class A2aCallTest {

  private static final String ERRORS = "https://open-workflow-specification.org/spec/1.0.0/errors/";

  private static final int LIMIT = 64 * 1024;

  private static final String ASK =
      "\"parameters\":{\"message\":{\"parts\":[{\"kind\":\"text\",\"text\":\"how?\"}]}}";

  @TempDir Path directory;

  private AgentSite agent;
  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    agent = new AgentSite();
    cluster =
        Cluster.start(
            directory,
            new FakeCoordinator(),
            options -> options.limits(Limits.ofDefaults().withResponseBytes(LIMIT)));
  }

  @AfterEach
  void stop() {
    cluster.close();
    agent.close();
  }

  private String arguments(String method, String more) {
    return "{\"method\":\"%s\",\"server\":{\"uri\":\"%s\"}%s}"
        .formatted(method, agent.url(), more.isEmpty() ? "" : "," + more);
  }

  private JsonNode call(String method, String more) throws IOException {
    return cluster.output("call:a2a", arguments(method, more));
  }

  private Fault failing(String method, String more) {
    return cluster.fault("call:a2a", arguments(method, more));
  }

  private static String byCard(String uri, String authentication) {
    return "{\"method\":\"tasks/get\",\"agentCard\":{\"endpoint\":{\"uri\":\"%s\"%s}}}"
        .formatted(uri, authentication.isEmpty() ? "" : ",\"authentication\":" + authentication);
  }

  @Nested
  class Methods {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "message/send",
          "tasks/get",
          "tasks/list",
          "tasks/cancel",
          "tasks/pushNotificationConfig/set",
          "tasks/pushNotificationConfig/get",
          "tasks/pushNotificationConfig/list",
          "tasks/pushNotificationConfig/delete",
          "agent/getAuthenticatedExtendedCard"
        })
    void eachIsCalledWithItsParametersAndGivesItsResult(String method) throws Exception {
      agent.answering("[{\"id\":\"t-1\"}]");

      JsonNode output = call(method, "\"parameters\":{\"id\":\"t-1\",\"n\":1.5}");

      assertThat(output.toString()).isEqualTo("[{\"id\":\"t-1\"}]");
      assertThat(agent.said().toString())
          .isEqualTo(
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{\"id\":\"t-1\",\"n\":1.5}}"
                  .formatted(method));
      assertThat(agent.asked().getLast().header("Accept")).isEqualTo("application/json");
      assertThat(agent.asked().getLast().header("Content-Type")).isEqualTo("application/json");
    }

    @Test
    void aMethodWithoutParametersHasNoneAndMayGiveNull() throws Exception {
      agent.answering("null");

      assertThat(call("tasks/list", "").isNull()).isTrue();
      assertThat(agent.said().has("params")).isFalse();
    }

    @Test
    void aMessageHasAnIdAndARoleThatAllAttemptsShare() throws Exception {
      for (int attempt = 0; attempt < 2; attempt++) {
        Dispatch dispatch =
            cluster.coordinator().dispatch("call:a2a", arguments("message/send", ASK), "e/7");
        cluster.coordinator().session(0).send(dispatch);
        cluster.coordinator().report(dispatch.getToken());
      }

      JsonNode message = agent.parameters().path("message");
      assertThat(message.path("role").textValue()).isEqualTo("user");
      assertThat(message.path("kind").textValue()).isEqualTo("message");
      assertThat(UUID.fromString(message.path("messageId").textValue())).isNotNull();
      assertThat(message.at("/parts/0/text").textValue()).isEqualTo("how?");
      assertThat(agent.asked()).hasSize(2);
      assertThat(McpSite.message(agent.asked().getFirst()).at("/params/message/messageId"))
          .isEqualTo(message.path("messageId"));
      assertThat(agent.asked().getFirst().header("Idempotency-Key")).isEqualTo("e/7");
    }

    @Test
    void whatTheMessageSaysItselfStands() throws Exception {
      call(
          "message/stream",
          "\"parameters\":{\"message\":{\"messageId\":\"m\",\"role\":\"agent\"}}");

      assertThat(agent.parameters().toString())
          .isEqualTo("{\"message\":{\"messageId\":\"m\",\"role\":\"agent\",\"kind\":\"message\"}}");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "{\"server\":\"http://x\"} | 'method' is required",
          "{\"method\":\"tasks/gett\",\"server\":\"http://x\"} | 'method' is 'tasks/gett'; it must be one of message/send",
          "{\"method\":\"tasks/get\"} | 'agentCard' or 'server' is required",
          "{\"method\":\"tasks/get\",\"server\":\"ftp://x\"} | 'endpoint' must begin with http",
          "{\"method\":\"tasks/get\",\"server\":\"http://x\",\"parameters\":7} | 'parameters' must be an object, not a number",
          "{\"method\":\"tasks/get\",\"agentCard\":{\"endpoint\":\"file:///none.json\"}} | 'agentCard.endpoint' can't be read on this node",
        })
    void whatCanNotBeCalledIsAConfigurationErrorThatNamesTheField(String arguments, String detail) {
      Fault fault = cluster.fault("call:a2a", arguments);

      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getDetail()).contains(detail);
    }
  }

  @Nested
  class Cards {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{\"url\":\"%s\"}",
          "{\"url\":\"/a2a\",\"preferredTransport\":\"JSONRPC\"}",
          "{\"url\":\"http://127.0.0.1:1/\",\"preferredTransport\":\"GRPC\",\"additionalInterfaces\":[{\"transport\":\"HTTP+JSON\",\"url\":\"http://127.0.0.1:1/\"},{\"transport\":\"JSONRPC\",\"url\":\"%s\"}]}",
          "{\"supportedInterfaces\":[{\"protocolBinding\":\"JSONRPC\",\"protocolVersion\":\"1.0\",\"url\":\"http://127.0.0.1:1/\"},{\"protocolBinding\":\"JSONRPC\",\"protocolVersion\":\"0.3\",\"url\":\"%s\"}]}",
        })
    void theAgentIsWhereItsCardSaysThatItTakesJsonRpc(String card) throws Exception {
      agent.withCard(card.replace("%s", agent.url())).answering("{\"id\":\"t-1\"}");

      JsonNode output = cluster.output("call:a2a", byCard(agent.cardUrl(), ""));

      assertThat(output.path("id").textValue()).isEqualTo("t-1");
    }

    @Test
    void aServerBesidesTheCardIsIgnored() throws Exception {
      cluster.output(
          "call:a2a",
          byCard(agent.cardUrl(), "")
              .replace("{\"method\"", "{\"server\":\"http://127.0.0.1:1/\",\"method\""));

      assertThat(agent.asked()).hasSize(1);
    }

    @Test
    void theCardIsReadOnceForCallsThatFollowEachOther() throws Exception {
      cluster.output("call:a2a", byCard(agent.cardUrl(), ""));
      cluster.output("call:a2a", byCard(agent.cardUrl(), ""));

      assertThat(agent.site().seen()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "<html> | It is not JSON",
          "{} | It has no address where the agent takes JSON-RPC of protocol 0.3.",
          "{\"url\":\"http://x\",\"preferredTransport\":\"GRPC\"} | protocol 0.3, but 'GRPC'",
          "{\"supportedInterfaces\":[{\"protocolBinding\":\"JSONRPC\",\"protocolVersion\":\"1.0\",\"url\":\"http://x\"}]} | protocol 0.3, but 'JSONRPC 1.0'",
          "{\"url\":\"http://x y\"} | Its address is not a URI",
        })
    void aCardThatNamesNoAddressIsAConfigurationError(String card, String detail) {
      agent.withCard(card);

      Fault fault = cluster.fault("call:a2a", byCard(agent.cardUrl(), ""));

      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getTitle()).isEqualTo("Unusable agent card");
      assertThat(fault.getDetail()).contains(detail);
    }

    @Test
    void aCardThatIsNotHandedOutIsARuntimeErrorWithItsStatus() {
      Fault fault = cluster.fault("call:a2a", byCard(agent.site().url("/none"), ""));

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getStatus()).isEqualTo(404);
    }
  }

  @Nested
  class Proof {

    private static final String BEARER = "{\"bearer\":{\"token\":\"t0ps3cret\"}}";

    @Test
    void theServerKnowsTheAuthenticationOfItsEndpoint() throws Exception {
      cluster.output(
          "call:a2a",
          "{\"method\":\"tasks/get\",\"server\":{\"uri\":\"%s\",\"authentication\":%s}}"
              .formatted(agent.url(), BEARER));

      assertThat(agent.asked().getLast().header("Authorization")).isEqualTo("Bearer t0ps3cret");
    }

    @Test
    void theAgentKnowsTheAuthenticationOfItsCardOnTheSameOrigin() throws Exception {
      cluster.output("call:a2a", byCard(agent.cardUrl(), BEARER));

      assertThat(agent.site().seen())
          .hasSize(2)
          .allMatch(seen -> seen.header("Authorization").equals("Bearer t0ps3cret"));
    }

    @Test
    void anotherOriginDoesNot() throws Exception {
      try (AgentSite other = new AgentSite()) {
        agent.withCard("{\"url\":\"%s\"}".formatted(other.url()));

        cluster.output("call:a2a", byCard(agent.cardUrl(), BEARER));

        assertThat(other.asked().getLast().header("Authorization")).isEmpty();
        assertThat(agent.site().last().header("Authorization")).isEqualTo("Bearer t0ps3cret");
      }
    }

    @Test
    void theAgentOfACardOnTheNodeDoes() throws Exception {
      Path card =
          Files.writeString(
              directory.resolve("card.json"), "{\"url\":\"%s\"}".formatted(agent.url()));

      cluster.output("call:a2a", byCard(card.toUri().toString(), BEARER));

      assertThat(agent.asked().getLast().header("Authorization")).isEqualTo("Bearer t0ps3cret");
    }

    @Test
    void whatAnAgentSaysOfSecretsIsNotTold() {
      agent.answering((exchange, request) ->
          McpSite.json(
              exchange,
              McpSite.error(request, "{\"code\":-32000,\"message\":\"t0ps3cret is too old\"}")));

      Fault fault =
          cluster.fault(
              "call:a2a",
              "{\"method\":\"tasks/get\",\"server\":{\"uri\":\"%s\",\"authentication\":%s}}"
                  .formatted(agent.url(), BEARER));

      assertThat(fault.getDetail()).isEqualTo("tasks/get failed: *** is too old");
    }
  }

  @Nested
  class Streams {

    private static final String WORKING = "{\"kind\":\"status-update\",\"final\":false}";
    private static final String DONE = "{\"kind\":\"status-update\",\"final\":true}";

    @ParameterizedTest
    @ValueSource(strings = {"message/stream", "tasks/resubscribe"})
    void theOutputIsAnArrayOfAllResultsInOrder(String method) throws Exception {
      agent.streaming("{\"kind\":\"task\"}", WORKING, DONE);

      assertThat(call(method, ASK).toString())
          .isEqualTo("[{\"kind\":\"task\"}," + WORKING + "," + DONE + "]");
      assertThat(agent.asked().getLast().header("Accept"))
          .isEqualTo("text/event-stream, application/json");
    }

    @Test
    void aStreamMayEndWithoutSayingSo() throws Exception {
      agent.streaming("{\"kind\":\"message\"}");

      assertThat(call("message/stream", ASK).toString()).isEqualTo("[{\"kind\":\"message\"}]");
    }

    @Test
    void aStreamThatStaysOpenAfterItsLastResultIsNotWaitedFor() throws Exception {
      CountDownLatch done = new CountDownLatch(1);
      agent.answering((exchange, request) -> {
        McpSite.events(exchange, McpSite.result(request, DONE));
        await(done);
      });

      assertThat(call("message/stream", ASK).toString()).isEqualTo("[" + DONE + "]");
      done.countDown();
    }

    @Test
    void anAgentThatDoesNotStreamGivesAnArrayOfOne() throws Exception {
      agent.answering("{\"kind\":\"message\"}");

      assertThat(call("message/stream", ASK).toString()).isEqualTo("[{\"kind\":\"message\"}]");
    }

    @Test
    void anErrorAmongTheResultsIsARuntimeError() {
      agent.answering((exchange, request) ->
          McpSite.events(
              exchange,
              McpSite.result(request, WORKING),
              McpSite.error(request, "{\"code\":-32603,\"message\":\"broken\"}")));

      Fault fault = failing("message/stream", ASK);

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getDetail()).isEqualTo("message/stream failed: broken");
    }

    @Test
    void allResultsTogetherHaveALimit() {
      String quarter = "{\"x\":\"%s\"}".formatted("x".repeat(LIMIT / 4));
      agent.streaming(quarter, quarter, quarter, quarter);

      Fault fault = failing("message/stream", ASK);

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getTitle()).isEqualTo("Response too large");
      assertThat(fault.getDetail()).contains("limit of " + LIMIT + " bytes");
    }

    @Test
    void aCancelledAttemptLeavesTheStream() throws Exception {
      CountDownLatch asked = new CountDownLatch(1);
      CountDownLatch left = new CountDownLatch(1);
      agent.answering((exchange, request) -> {
        McpSite.events(exchange, McpSite.result(request, WORKING));
        asked.countDown();
        try {
          while (true) {
            exchange.getResponseBody().write(McpSite.bytes(": still here\n".repeat(1000)));
            exchange.getResponseBody().flush();
          }
        } catch (IOException e) {
          left.countDown();
        }
      });
      Dispatch dispatch =
          cluster.coordinator().dispatch("call:a2a", arguments("message/stream", ASK));
      cluster.coordinator().session(0).send(dispatch);
      asked.await();

      cluster.coordinator().session(0).cancel(dispatch.getToken());
      Report report = cluster.coordinator().report(dispatch.getToken());

      assertThat(report.getOutcomeCase()).isEqualTo(Report.OutcomeCase.CANCELLED);
      assertThat(left.await(FakeCoordinator.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aCancelledAttemptDoesNotWaitForAnAgentThatSaysNothing() throws Exception {
      CountDownLatch asked = new CountDownLatch(1);
      CountDownLatch done = new CountDownLatch(1);
      agent.answering((_, _) -> {
        asked.countDown();
        await(done);
      });
      Dispatch dispatch =
          cluster.coordinator().dispatch("call:a2a", arguments("message/send", ASK));
      cluster.coordinator().session(0).send(dispatch);
      asked.await();

      cluster.coordinator().session(0).cancel(dispatch.getToken());
      Report report = cluster.coordinator().report(dispatch.getToken());
      done.countDown();

      assertThat(report.getOutcomeCase()).isEqualTo(Report.OutcomeCase.CANCELLED);
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Nested
  class Failures {

    @Test
    void anErrorIsARuntimeErrorWithItsCodeMessageAndData() {
      agent.answering((exchange, request) ->
          McpSite.json(
              exchange,
              McpSite.error(
                  request,
                  "{\"code\":-32001,\"message\":\"Task not found\",\"data\":{\"id\":\"t-1\"}}")));

      Fault fault = failing("tasks/get", "\"parameters\":{\"id\":\"t-1\"}");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getStatus()).isEqualTo(500);
      assertThat(fault.getTitle()).isEqualTo("A2A error -32001");
      assertThat(fault.getDetail())
          .isEqualTo("tasks/get failed: Task not found ({\"id\":\"t-1\"})");
    }

    @Test
    void anErrorOfHttpIsARuntimeErrorWithItsStatus() {
      agent.answering(
          (exchange, _) -> Site.answer(exchange, 401, "text/plain", McpSite.bytes("who are you?")));

      Fault fault = failing("tasks/get", "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getStatus()).isEqualTo(401);
      assertThat(fault.getDetail()).contains("who are you?");
    }

    @Test
    void anAgentThatIsNotThereIsARuntimeError() {
      agent.close();

      Fault fault = failing("tasks/get", "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getTitle()).isEqualTo("No response");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "text/html | <p>hi</p> | the content type is 'text/html'",
          "application/json | {oops | the content is not JSON",
          "application/json | {} | the content is not the response to the request",
          "application/json | {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}} | the content is not the response to the request",
          "application/json | {\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"no JSON\"}} | tasks/get failed: no JSON",
          "text/event-stream | : nothing | the answer ended without the response",
        })
    void anAnswerThatIsNoResponseIsARuntimeError(String type, String content, String detail) {
      agent.answering((exchange, _) -> Site.answer(exchange, 200, type, McpSite.bytes(content)));

      Fault fault = failing("tasks/get", "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getDetail()).contains(detail);
    }
  }
}
