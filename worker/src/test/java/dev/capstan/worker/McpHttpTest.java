package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.executor.Limits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DSL reference, MCP call, over the Streamable HTTP transport of the protocol. */
class McpHttpTest {

  private static final String ERRORS = "https://open-workflow-specification.org/spec/1.0.0/errors/";

  private static final int LIMIT = 64 * 1024;

  @TempDir Path directory;

  private McpSite server;
  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    server = new McpSite();
    cluster =
        Cluster.start(
            directory,
            new FakeCoordinator(),
            options -> options.limits(Limits.ofDefaults().withResponseBytes(LIMIT)));
  }

  @AfterEach
  void stop() {
    cluster.close();
    server.close();
  }

  private String arguments(String method, String more) {
    return "{\"method\":\"%s\",\"transport\":{\"http\":{\"endpoint\":{\"uri\":\"%s\"}}}%s}"
        .formatted(method, server.url(), more.isEmpty() ? "" : "," + more);
  }

  private JsonNode call(String method, String more) throws IOException {
    return cluster.output("call:mcp", arguments(method, more));
  }

  private Fault failing(String method, String more) {
    return cluster.fault("call:mcp", arguments(method, more));
  }

  private void awaitSaid(String... said) {
    Awaitility.await()
        .atMost(FakeCoordinator.PATIENCE)
        .untilAsserted(() -> assertThat(server.said()).containsExactly(said));
  }

  @Nested
  class Conversation {

    @Test
    void itIsInitializedFirstAndItsSessionEndsWithIt() throws Exception {
      server.answering("{\"tools\":[{\"name\":\"find\"}]}");

      JsonNode output = call("tools/list", "");

      assertThat(output.toString()).isEqualTo("{\"tools\":[{\"name\":\"find\"}]}");
      awaitSaid("initialize", "notifications/initialized", "tools/list", "DELETE");
      assertThat(server.site().last().header("Mcp-Session-Id")).isEqualTo(McpSite.SESSION);
    }

    @Test
    void aServerIsToldTheVersionAndTheClientOfThisWorker() throws Exception {
      call("tools/list", "");

      assertThat(McpSite.message(server.seen("initialize")).path("params").toString())
          .isEqualTo(
              "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"capstan\",\"version\":\"1.2.3\"}}");
      assertThat(McpSite.message(server.seen("tools/list")).has("params")).isFalse();
    }

    @Test
    void theDefinitionMaySayTheVersionAndTheClient() throws Exception {
      server.speaking("2025-03-26");

      call(
          "tools/list",
          "\"protocolVersion\":\"2025-03-26\",\"client\":{\"name\":\"me\",\"version\":\"7\"}");

      JsonNode hello = McpSite.message(server.seen("initialize")).path("params");
      assertThat(hello.path("protocolVersion").textValue()).isEqualTo("2025-03-26");
      assertThat(hello.path("clientInfo").toString())
          .isEqualTo("{\"name\":\"me\",\"version\":\"7\"}");
    }

    @Test
    void requestsAfterTheFirstNameTheSessionAndTheAgreedVersion() throws Exception {
      server.speaking("2025-11-25");

      call("tools/list", "");

      assertThat(server.seen("initialize").header("Mcp-Protocol-Version")).isEmpty();
      for (String later : List.of("notifications/initialized", "tools/list")) {
        Site.Seen seen = server.seen(later);
        assertThat(seen.header("Mcp-Session-Id")).isEqualTo(McpSite.SESSION);
        assertThat(seen.header("Mcp-Protocol-Version")).isEqualTo("2025-11-25");
        assertThat(seen.header("Accept")).isEqualTo("application/json, text/event-stream");
        assertThat(seen.header("Content-Type")).isEqualTo("application/json");
      }
    }

    @Test
    void aVersionThatNobodyKnowsEndsIt() {
      server.speaking("1999-01-01");

      Fault fault = failing("tools/list", "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getTitle()).isEqualTo("No common protocol version");
      assertThat(fault.getDetail()).contains("2025-06-18").contains("1999-01-01");
      awaitSaid("initialize", "DELETE");
    }

    @Test
    void authenticationAndHeadersOfTheDefinitionAreSentEachTime() throws Exception {
      cluster.output(
          "call:mcp",
          """
          {"method":"tools/list","transport":{"http":{
            "endpoint":{"uri":"%s","authentication":{"bearer":{"token":"t0ps3cret"}}},
            "headers":{"X-Tenant":"blue","Accept":"*/*"}}}}
          """
              .formatted(server.url()));

      for (String each : List.of("initialize", "notifications/initialized", "tools/list")) {
        assertThat(server.seen(each).header("Authorization")).isEqualTo("Bearer t0ps3cret");
        assertThat(server.seen(each).header("X-Tenant")).isEqualTo("blue");
        assertThat(server.seen(each).header("Accept")).contains("text/event-stream");
      }
    }

    @Test
    void theIdempotencyKeyGoesWithTheMethodAlone() {
      Dispatch dispatch =
          cluster.coordinator().dispatch("call:mcp", arguments("tools/list", ""), "e/7");
      cluster.coordinator().session(0).send(dispatch);
      cluster.coordinator().report(dispatch.getToken());

      assertThat(server.seen("initialize").header("Idempotency-Key")).isEmpty();
      assertThat(server.seen("tools/list").header("Idempotency-Key")).isEqualTo("e/7");
    }
  }

  @Nested
  class Methods {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "tools/list",
          "tools/call",
          "prompts/list",
          "prompts/get",
          "resources/list",
          "resources/read",
          "resources/templates/list"
        })
    void eachIsCalledWithItsParametersAndGivesItsResult(String method) throws Exception {
      server.answering((exchange, request) ->
          McpSite.json(exchange, McpSite.result(request, request.path("params").toString())));

      JsonNode output = call(method, "\"parameters\":{\"name\":\"x\",\"arguments\":{\"n\":1.5}}");

      assertThat(output.toString()).isEqualTo("{\"name\":\"x\",\"arguments\":{\"n\":1.5}}");
    }

    @Test
    void aToolThatFailsGivesAResult() throws Exception {
      server.answering("{\"content\":[{\"type\":\"text\",\"text\":\"no\"}],\"isError\":true}");

      JsonNode output = call("tools/call", "\"parameters\":{\"name\":\"find\"}");

      assertThat(output.path("isError").booleanValue()).isTrue();
    }

    @Test
    void anErrorIsARuntimeErrorWithItsCodeMessageAndData() {
      server.answering((exchange, request) ->
          McpSite.json(
              exchange,
              McpSite.error(
                  request,
                  "{\"code\":-32602,\"message\":\"Unknown tool\",\"data\":{\"name\":\"find\"}}")));

      Fault fault = failing("tools/call", "\"parameters\":{\"name\":\"find\"}");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getStatus()).isEqualTo(500);
      assertThat(fault.getTitle()).isEqualTo("MCP error -32602");
      assertThat(fault.getDetail())
          .isEqualTo("tools/call failed: Unknown tool ({\"name\":\"find\"})");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "{\"transport\":{\"http\":{\"endpoint\":\"http://x\"}}} | 'method' is required",
          "{\"method\":\"tools/run\",\"transport\":{\"http\":{\"endpoint\":\"http://x\"}}} | 'method' is 'tools/run'; it must be one of tools/list",
          "{\"method\":\"tools/list\"} | 'transport.http' is required",
          "{\"method\":\"tools/list\",\"transport\":{\"http\":{}}} | 'endpoint' must be a URI",
          "{\"method\":\"tools/list\",\"transport\":{\"http\":{\"endpoint\":\"ftp://x\"}}} | 'endpoint' must begin with http",
          "{\"method\":\"tools/list\",\"parameters\":7,\"transport\":{\"http\":{\"endpoint\":\"http://x\"}}} | 'parameters' must be an object, not a number",
          "{\"method\":\"tools/list\",\"timeout\":\"soon\",\"transport\":{\"http\":{\"endpoint\":\"http://x\"}}} | 'timeout' must be a duration",
          "{\"method\":\"tools/list\",\"timeout\":{\"weeks\":1.5},\"transport\":{\"http\":{\"endpoint\":\"http://x\"}}} | 'timeout' must be a duration",
          "{\"method\":\"tools/list\",\"timeout\":\"PT0S\",\"transport\":{\"http\":{\"endpoint\":\"http://x\"}}} | greater than 0",
        })
    void whatCanNotBeCalledIsAConfigurationErrorThatNamesTheField(String arguments, String detail) {
      Fault fault = cluster.fault("call:mcp", arguments);

      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getDetail()).contains(detail);
    }
  }

  @Nested
  class Events {

    @Test
    void theResponseIsFoundAmongOtherMessages() throws Exception {
      server.answering((exchange, request) ->
          McpSite.events(
              exchange,
              "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{}}",
              "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{\"of\":\"another\"}}",
              McpSite.result(request, "{\"of\":\"this\"}")));

      assertThat(call("tools/list", "").toString()).isEqualTo("{\"of\":\"this\"}");
    }

    @Test
    void aStreamThatStaysOpenIsNotWaitedFor() throws Exception {
      CountDownLatch done = new CountDownLatch(1);
      server.answering((exchange, request) -> {
        McpSite.events(exchange, McpSite.result(request, "{\"a\":1}"));
        Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> done.getCount() == 0);
      });

      assertThat(call("tools/list", "").toString()).isEqualTo("{\"a\":1}");
      done.countDown();
    }

    @Test
    void whatTheServerAsksIsAnswered() throws Exception {
      server.answering((exchange, request) ->
          McpSite.events(
              exchange,
              "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}",
              "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"sampling/createMessage\",\"params\":{}}",
              McpSite.result(request, "{}")));

      call("tools/list", "");

      assertThat(server.site().seen().stream().map(Site.Seen::body).toList())
          .contains(
              "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"result\":{}}",
              "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32601,\"message\":\"This client does not offer sampling/createMessage\"}}");
    }

    @Test
    void aStreamThatEndsWithoutTheResponseIsARuntimeError() {
      server.answering((exchange, request) ->
          McpSite.events(exchange, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}"));

      Fault fault = failing("tools/list", "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getDetail()).contains("ended without the response");
    }

    @Test
    void aSingleMessageHasALimitAndTheStreamHasNone() throws Exception {
      String much = "{\"x\":\"%s\"}".formatted("x".repeat(LIMIT / 2));
      server.answering((exchange, request) ->
          McpSite.events(exchange, much, much, much, McpSite.result(request, much)));
      assertThat(call("tools/list", "").toString()).isEqualTo(much);

      server.answering((exchange, request) ->
          McpSite.events(exchange, "{\"x\":\"%s\"}".formatted("x".repeat(LIMIT))));
      Fault fault = failing("tools/list", "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getTitle()).isEqualTo("Response too large");
      assertThat(fault.getDetail()).contains("limit of " + LIMIT + " bytes");
    }
  }

  @Nested
  class Answers {

    @Test
    void anAnswerMayHoldSeveralMessages() throws Exception {
      server.answering((exchange, request) ->
          McpSite.json(
              exchange,
              "[{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"},%s]"
                  .formatted(McpSite.result(request, "{\"a\":1}"))));

      assertThat(call("tools/list", "").toString()).isEqualTo("{\"a\":1}");
    }

    @Test
    void anAnswerMayBeCompressed() throws Exception {
      server.answering((exchange, request) -> {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        exchange.sendResponseHeaders(200, 0);
        try (GZIPOutputStream out = new GZIPOutputStream(exchange.getResponseBody())) {
          out.write(McpSite.bytes(McpSite.result(request, "{\"a\":1}")));
        }
      });

      assertThat(call("tools/list", "").toString()).isEqualTo("{\"a\":1}");
    }

    @Test
    void anAnswerThatIsTooLargeIsARuntimeErrorThatNamesTheLimit() {
      server.answering("{\"x\":\"%s\"}".formatted("x".repeat(LIMIT)));

      Fault fault = failing("tools/list", "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getTitle()).isEqualTo("Response too large");
      assertThat(fault.getDetail()).contains("limit of " + LIMIT + " bytes");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "text/html | <p>hi</p> | the content type is 'text/html'",
          "application/json | {oops | the content is not JSON",
          "application/json | {} | without the response",
          "application/json | {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":[]} | has as its result an array",
        })
    void anAnswerThatIsNoResponseIsARuntimeError(String type, String content, String detail) {
      server.answering((exchange, _) -> Site.answer(exchange, 200, type, McpSite.bytes(content)));

      Fault fault = failing("tools/list", "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getTitle()).isEqualTo("Unreadable response");
      assertThat(fault.getDetail()).contains(detail);
    }

    @Test
    void anErrorOfHttpIsARuntimeErrorWithItsStatusAndWithoutSecrets() {
      server.answering((exchange, _) ->
          Site.answer(exchange, 403, "text/plain", McpSite.bytes("not for " + McpSite.SESSION)));

      Fault fault = failing("tools/list", "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getStatus()).isEqualTo(403);
      assertThat(fault.getDetail()).contains("not for ***").doesNotContain(McpSite.SESSION);
    }

    @Test
    void aServerThatIsNotThereIsARuntimeError() {
      server.close();

      Fault fault = failing("tools/list", "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
      assertThat(fault.getDetail()).contains("no connection to 127.0.0.1");
    }
  }

  @Nested
  class Time {

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);

    private void stuck(boolean inEvents) {
      server.answering((exchange, request) -> {
        if (inEvents) {
          McpSite.events(exchange, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}");
        }
        asked.countDown();
        Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> done.getCount() == 0);
        exchange.close();
      });
    }

    /** Which leaves a busy machine the time for what is said before the method. */
    @ParameterizedTest
    @ValueSource(strings = {"\"PT5S\"", "{\"milliseconds\":5000}"})
    void aCallThatTakesLongerThanItsTimeoutIsATimeoutErrorAndIsCalledOff(String timeout) {
      stuck(false);

      Fault fault = failing("tools/list", "\"timeout\":" + timeout);
      done.countDown();

      assertThat(fault.getType()).isEqualTo(ERRORS + "timeout");
      assertThat(fault.getStatus()).isEqualTo(408);
      assertThat(fault.getDetail()).isEqualTo("tools/list was not answered within PT5S.");
      awaitSaid(
          "initialize",
          "notifications/initialized",
          "tools/list",
          "notifications/cancelled",
          "DELETE");
      assertThat(McpSite.message(server.seen("notifications/cancelled")).path("params").toString())
          .isEqualTo("{\"requestId\":2}");
    }

    @Test
    void aTimeoutCountsWithinAStreamToo() {
      stuck(true);

      Fault fault = failing("tools/list", "\"timeout\":{\"milliseconds\":300}");
      done.countDown();

      assertThat(fault.getType()).isEqualTo(ERRORS + "timeout");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCancelledAttemptDoesNotWaitForTheServer(boolean inEvents) throws Exception {
      stuck(inEvents);
      Dispatch dispatch = cluster.coordinator().dispatch("call:mcp", arguments("tools/list", ""));
      cluster.coordinator().session(0).send(dispatch);
      asked.await();

      cluster.coordinator().session(0).cancel(dispatch.getToken());
      Report report = cluster.coordinator().report(dispatch.getToken());
      done.countDown();

      assertThat(report.getOutcomeCase()).isEqualTo(Report.OutcomeCase.CANCELLED);
      Awaitility.await()
          .atMost(FakeCoordinator.PATIENCE)
          .until(() -> server.said().contains("notifications/cancelled"));
    }
  }
}
