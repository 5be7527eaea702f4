package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Delivery;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DSL reference, AsyncAPI Call, over HTTP and WebSockets. */
class AsyncApiCallTest {

  private static final String ERRORS = "https://open-workflow-specification.org/spec/1.0.0/errors/";

  private static final int LIMIT = 16 * 1024;

  @TempDir Path directory;

  private Site site;
  private WebSocketSite sockets;
  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    site = new Site();
    sockets = new WebSocketSite();
    site.page("/asyncapi.yaml", 200, "application/yaml", document());
    cluster =
        Cluster.start(
            directory,
            new FakeCoordinator(),
            options -> options.limits(Limits.ofDefaults().withResponseBytes(LIMIT)));
  }

  @AfterEach
  void stop() {
    cluster.close();
    site.close();
    sockets.close();
  }

  private String document() {
    return """
    asyncapi: 3.0.0
    info: { title: Orders, version: 1.0.0 }
    servers:
      web: { host: '127.0.0.1:%d', pathname: '/api', protocol: http }
      socket: { host: '%s', protocol: ws }
      queue: { host: 'localhost', protocol: nats }
    channels:
      orders:
        address: /orders/{customer}
        servers: [ { $ref: '#/servers/web' } ]
        parameters: { customer: { location: '$message.payload#/customer' } }
        messages: { order: { $ref: '#/components/messages/order' } }
      events: { address: /events, messages: { order: { $ref: '#/components/messages/order' } } }
      queued: { address: q, servers: [ { $ref: '#/servers/queue' } ] }
    operations:
      placeOrder: { action: receive, channel: { $ref: '#/channels/orders' }, bindings: { http: { method: PUT } } }
      hearEvents: { action: send, channel: { $ref: '#/channels/events' } }
      queue: { action: receive, channel: { $ref: '#/channels/queued' } }
    components:
      messages:
        order: { contentType: application/json, correlationId: { location: '$message.payload#/id' } }
    """
        .formatted(site.port(), sockets.authority());
  }

  private String arguments(String more) {
    return "{\"document\":{\"endpoint\":{\"uri\":\"%s\"}},%s}"
        .formatted(site.url("/asyncapi.yaml"), more);
  }

  private Fault failing(String more) {
    return cluster.fault("call:asyncapi", arguments(more));
  }

  @Nested
  class Publish {

    @Test
    void overHttpAMessageIsARequestToTheAddressOfTheChannel() throws Exception {
      site.page("/api", 202, "", "");

      JsonNode output =
          cluster.output(
              "call:asyncapi",
              arguments(
                  "\"operation\":\"placeOrder\",\"message\":{\"payload\":{\"id\":\"o-1\",\"customer\":\"a b\"},\"headers\":{\"X-Trace\":7}}"));

      assertThat(output.toString())
          .isEqualTo(
              "{\"payload\":{\"id\":\"o-1\",\"customer\":\"a b\"},\"headers\":{\"X-Trace\":7},\"correlationId\":\"o-1\"}");
      Site.Seen seen = site.last();
      assertThat(seen.method()).isEqualTo("PUT");
      assertThat(seen.uri().toString()).isEqualTo("/api/orders/a%20b");
      assertThat(seen.body()).isEqualTo("{\"id\":\"o-1\",\"customer\":\"a b\"}");
      assertThat(seen.header("Content-Type")).isEqualTo("application/json");
      assertThat(seen.header("X-Trace")).isEqualTo("7");
      assertThat(seen.header("Idempotency-Key")).startsWith("key-");
    }

    @Test
    void aRefusalIsACommunicationErrorWithItsStatusAndWithoutSecrets() {
      site.page("/api", 409, "text/plain", "no, secret-token is known");

      Fault fault =
          failing(
              "\"operation\":\"placeOrder\",\"message\":{\"payload\":{\"customer\":1}},\"authentication\":{\"bearer\":{\"token\":\"secret-token\"}}");

      assertThat(fault.getType()).isEqualTo(ERRORS + "communication");
      assertThat(fault.getStatus()).isEqualTo(409);
      assertThat(fault.getDetail())
          .contains("PUT")
          .contains("/api/orders/1")
          .doesNotContain("secret-token");
      assertThat(site.last().header("Authorization")).isEqualTo("Bearer secret-token");
    }

    @Test
    void overAWebSocketAMessageIsOneOfTheProtocolAndHasBeenReadWhenTheTaskEnds() throws Exception {
      JsonNode output =
          cluster.output(
              "call:asyncapi",
              arguments(
                  "\"operation\":\"hearEvents\",\"protocol\":\"ws\",\"message\":{\"payload\":{\"n\":1},\"headers\":{\"X-Trace\":\"t\"}},\"authentication\":{\"basic\":{\"username\":\"u\",\"password\":\"pw\"}}"));

      WebSocketSite.Peer peer = sockets.peer();
      assertThat(peer.path()).isEqualTo("/events");
      assertThat(peer.header("X-Trace")).isEqualTo("t");
      assertThat(peer.header("Authorization")).isEqualTo("Basic dTpwdw==");
      assertThat(peer.told()).isEqualTo("{\"n\":1}");
      assertThat(peer.told()).isEqualTo("closed");
      assertThat(output.path("payload").path("n").asInt()).isEqualTo(1);
    }

    @Test
    void aWebSocketThatBreaksBeforeTheServerHasReadIsACommunicationError() {
      sockets.resetting();

      Fault fault =
          failing(
              "\"operation\":\"hearEvents\",\"server\":{\"name\":\"socket\"},\"message\":{\"payload\":{}}");

      assertThat(fault.getType()).isEqualTo(ERRORS + "communication");
      assertThat(fault.getDetail()).contains("ws at " + sockets.authority());
    }

    @Test
    void nobodyThereIsACommunicationError() {
      sockets.close();

      Fault fault =
          failing(
              "\"operation\":\"hearEvents\",\"server\":{\"name\":\"socket\"},\"message\":{\"payload\":{}}");

      assertThat(fault.getType()).isEqualTo(ERRORS + "communication");
      assertThat(fault.getDetail()).contains("ws at " + sockets.authority());
    }

    @Test
    void aServerWithoutWebSocketsIsACommunicationErrorThatSaysSo() {
      site.page("/api", 404, "", "");
      site.page(
          "/no.yaml", 200, "", document().replace(sockets.authority(), "127.0.0.1:" + site.port()));

      Fault fault =
          cluster.fault(
              "call:asyncapi",
              "{\"document\":{\"endpoint\":{\"uri\":\"%s\"}},\"channel\":\"events\",\"protocol\":\"ws\",\"message\":{}}"
                  .formatted(site.url("/no.yaml")));

      assertThat(fault.getDetail()).contains("status 404 instead of opening a WebSocket");
    }

    @Test
    void whatTheDocumentDoesNotHaveIsAConfigurationErrorThatSaysWhatItHas() {
      assertThat(failing("\"operation\":\"placeOrders\",\"message\":{}").getDetail())
          .contains("no operation 'placeOrders'")
          .contains("'placeOrder', 'hearEvents', 'queue'")
          .contains("Did you mean 'placeOrder'?");
      assertThat(failing("\"channel\":\"event\",\"message\":{}").getDetail())
          .contains("no channel 'event'");
      assertThat(
              failing("\"operation\":\"hearEvents\",\"server\":{\"name\":\"sock\"},\"message\":{}")
                  .getDetail())
          .contains("no server 'sock'")
          .contains("'web', 'socket', 'queue'");
      assertThat(
              failing("\"operation\":\"hearEvents\",\"protocol\":\"kafka\",\"message\":{}")
                  .getDetail())
          .contains("no server that speaks 'kafka'");
      Fault fault =
          failing("\"operation\":\"queue\",\"server\":{\"name\":\"queue\"},\"message\":{}");
      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getDetail())
          .contains("The server speaks 'nats'; this node speaks")
          .contains("ws");
      assertThat(failing("\"operation\":\"placeOrder\",\"message\":{}").getDetail())
          .contains("The parameter 'customer' of the channel's address has no value");
    }

    @Test
    void aDocumentThatIsNoneIsAConfigurationError() {
      site.page("/openapi.json", 200, "application/json", "{\"openapi\":\"3.0.0\"}");

      Fault fault =
          cluster.fault(
              "call:asyncapi",
              "{\"document\":{\"endpoint\":{\"uri\":\"%s\"}},\"operation\":\"x\",\"message\":{}}"
                  .formatted(site.url("/openapi.json")));

      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getTitle()).isEqualTo("Unusable AsyncAPI document");
    }
  }

  /** Over TLS, with a server that has a certificate for {@code localhost}. */
  @Nested
  class Secure {

    private WebSocketSite secure;

    @BeforeEach
    void start() throws IOException {
      secure = new WebSocketSite(LocalhostKeys.get().context().getServerSocketFactory());
    }

    @AfterEach
    void stop() {
      secure.close();
    }

    private String arguments(String protocol, String host, String more) {
      return arguments(protocol, host, secure.port(), more);
    }

    private String arguments(String protocol, String host, int port, String more) {
      String path = "/" + UUID.randomUUID();
      site.page(
          path,
          200,
          "",
          """
          asyncapi: 3.0.0
          info: { title: Secure, version: 1.0.0 }
          servers: { main: { host: '%s:%d', protocol: %s } }
          channels: { events: { address: /events } }
          """
              .formatted(host, port, protocol));
      return "{\"document\":{\"endpoint\":{\"uri\":\"%s\"}},\"channel\":\"events\",%s}"
          .formatted(site.url(path), more);
    }

    private void assertRefused(String protocol, String host, String... told) {
      Fault fault =
          cluster.fault("call:asyncapi", arguments(protocol, host, "\"message\":{\"payload\":1}"));

      assertThat(fault.getType()).isEqualTo(ERRORS + "communication");
      assertThat(fault.getStatus()).isEqualTo(500);
      assertThat(fault.getDetail()).contains(host + ":" + secure.port()).contains(told);
    }

    @Test
    void overWssMessagesGoAndComeWhenTheAuthorityIsTrusted() throws Exception {
      try (LocalhostKeys.Trust _ = LocalhostKeys.get().trusted()) {
        var _ =
            cluster.output(
                "call:asyncapi", arguments("wss", "localhost", "\"message\":{\"payload\":1}"));
        assertThat(secure.peer().told()).isEqualTo("1");

        Dispatch dispatch =
            cluster
                .coordinator()
                .dispatch(
                    "call:asyncapi",
                    arguments("wss", "localhost", "\"subscription\":{\"consume\":{\"amount\":1}}"));
        cluster.coordinator().session(0).send(dispatch);
        secure.peer().say("2");
        Delivery delivery = cluster.coordinator().session(0).deliveries(1).getFirst();
        assertThat(delivery.getMessage().toStringUtf8()).contains("\"payload\":2");
      }
    }

    @Test
    void aServerWhoseAuthorityIsNotTrustedIsToldAndWhatToDo() {
      for (String protocol : List.of("wss", "https")) {
        assertRefused(
            protocol,
            "localhost",
            "is not one that the worker's JVM trusts",
            "-Djavax.net.ssl.trustStore");
      }
    }

    @Test
    void aServerWhoseCertificateHasExpiredIsTold() throws Exception {
      LocalhostKeys keys = LocalhostKeys.expired();
      try (WebSocketSite old = new WebSocketSite(keys.context().getServerSocketFactory());
          LocalhostKeys.Trust _ = keys.trusted()) {
        Fault fault =
            cluster.fault(
                "call:asyncapi",
                arguments("wss", "localhost", old.port(), "\"message\":{\"payload\":1}"));

        assertThat(fault.getDetail()).contains("certificate has expired (NotAfter: ");
      }
    }

    @Test
    void aServerThatHasNoCertificateForItsNameIsToldAndWhatToDo() {
      try (LocalhostKeys.Trust _ = LocalhostKeys.get().trusted()) {
        for (String protocol : List.of("wss", "https")) {
          assertRefused(
              protocol,
              "127.0.0.1",
              "is for other names (No subject alternative names matching",
              "call it by one of those");
        }
      }
    }
  }

  @Nested
  class Subscribe {

    private Dispatch subscribe(String more) {
      Dispatch dispatch =
          cluster.coordinator().dispatch("call:asyncapi", arguments(more + ",\"subscription\":{}"));
      cluster.coordinator().session(0).send(dispatch);
      return dispatch;
    }

    private static String text(Delivery delivery) {
      return delivery.getMessage().toString(StandardCharsets.UTF_8);
    }

    @Test
    void messagesComeOneAtATimeTheNextWhenOneIsSafe() throws Exception {
      Dispatch dispatch = subscribe("\"operation\":\"hearEvents\",\"protocol\":\"ws\"");
      WebSocketSite.Peer peer = sockets.peer();
      FakeCoordinator.Stream stream = cluster.coordinator().session(0);

      peer.say("{\"id\":\"a\"}");
      peer.say("{\"id\":", "\"b\"}");
      peer.say(new byte[] {(byte) 0xFF});

      assertThat(text(stream.deliveries(1).getFirst()))
          .isEqualTo("{\"payload\":{\"id\":\"a\"},\"headers\":{},\"correlationId\":\"a\"}");
      stream.confirm(dispatch.getToken(), 1);
      List<Delivery> two = stream.deliveries(2);
      assertThat(two).extracting(Delivery::getNumber).containsExactly(1L, 2L);
      assertThat(text(two.get(1))).contains("\"id\":\"b\"");
      stream.confirm(dispatch.getToken(), 2);
      assertThat(text(stream.deliveries(3).get(2)))
          .isEqualTo("{\"payload\":\"/w==\",\"headers\":{}}");
    }

    @Test
    void aMessageComesAgainWhenTheOneBeforeIsConfirmedOnceMore() throws Exception {
      Dispatch dispatch = subscribe("\"operation\":\"hearEvents\",\"protocol\":\"ws\"");
      WebSocketSite.Peer peer = sockets.peer();
      FakeCoordinator.Stream stream = cluster.coordinator().session(0);
      peer.say("{\"id\":1}");
      stream.deliveries(1);

      stream.confirm(dispatch.getToken(), 0);

      assertThat(stream.deliveries(2)).extracting(Delivery::getNumber).containsExactly(1L, 1L);
    }

    @Test
    void aMessageThatNobodyHasConfirmedGoesToTheNextLeaderToo() throws Exception {
      Dispatch dispatch = subscribe("\"operation\":\"hearEvents\",\"protocol\":\"ws\"");
      sockets.peer().say("{\"id\":1}");
      cluster.coordinator().session(0).deliveries(1);

      cluster.coordinator().session(0).breakOff();

      FakeCoordinator.Stream next = cluster.coordinator().session(1);
      Delivery again = next.deliveries(1).getFirst();
      assertThat(again.getNumber()).isEqualTo(1);
      assertThat(again.getToken()).isEqualTo(dispatch.getToken());
    }

    @Test
    void aCancelledSubscriptionClosesItsConnection() throws Exception {
      Dispatch dispatch = subscribe("\"operation\":\"hearEvents\",\"protocol\":\"ws\"");
      WebSocketSite.Peer peer = sockets.peer();
      peer.say("{\"id\":1}");
      cluster.coordinator().session(0).deliveries(1);

      cluster.coordinator().session(0).confirm(dispatch.getToken(), 1);
      cluster.coordinator().session(0).cancel(dispatch.getToken());

      assertThat(cluster.coordinator().report(dispatch.getToken()).getOutcomeCase())
          .isEqualTo(Report.OutcomeCase.CANCELLED);
      assertThat(peer.told()).isEqualTo("closed");
    }

    @Test
    void aConnectionThatTheServerClosesIsACommunicationErrorAfterItsLastMessage() throws Exception {
      Dispatch dispatch = subscribe("\"channel\":\"events\",\"server\":{\"name\":\"socket\"}");
      WebSocketSite.Peer peer = sockets.peer();
      peer.say("{\"id\":1}");
      peer.end(1001, "going away");
      cluster.coordinator().session(0).deliveries(1);
      cluster.coordinator().session(0).confirm(dispatch.getToken(), 1);

      Fault fault = cluster.coordinator().report(dispatch.getToken()).getFault();

      assertThat(fault.getType()).isEqualTo(ERRORS + "communication");
      assertThat(fault.getDetail()).contains("1001, going away");
    }

    @Test
    void aMessageThatIsTooLargeEndsIt() throws Exception {
      Dispatch dispatch = subscribe("\"channel\":\"events\",\"server\":{\"name\":\"socket\"}");
      WebSocketSite.Peer peer = sockets.peer();
      // The JDK's client does not always read on when much comes together with the opening.
      peer.say("{\"id\":1}");
      cluster.coordinator().session(0).deliveries(1);
      peer.say("x".repeat(LIMIT + 1));
      cluster.coordinator().session(0).confirm(dispatch.getToken(), 1);

      Fault fault = cluster.coordinator().report(dispatch.getToken()).getFault();

      assertThat(fault.getDetail()).contains("more than the limit of " + LIMIT + " bytes");
    }

    @Test
    void overHttpMessagesAreServerSentEvents() throws Exception {
      CountDownLatch over = new CountDownLatch(1);
      site.page(
          "/api",
          exchange -> {
            McpSite.events(exchange, "{\"id\":1}", "{\"id\":2}");
            await(over);
          });
      Dispatch dispatch = subscribe("\"channel\":\"events\",\"server\":{\"name\":\"web\"}");
      FakeCoordinator.Stream stream = cluster.coordinator().session(0);

      stream.deliveries(1);
      stream.confirm(dispatch.getToken(), 1);

      assertThat(stream.deliveries(2).stream().map(Subscribe::text))
          .containsExactly(
              "{\"payload\":{\"id\":1},\"headers\":{},\"correlationId\":\"1\"}",
              "{\"payload\":{\"id\":2},\"headers\":{},\"correlationId\":\"2\"}");
      assertThat(site.last().header("Accept")).startsWith("text/event-stream");
      stream.cancel(dispatch.getToken());
      cluster.coordinator().report(dispatch.getToken());
      over.countDown();
    }

    @Test
    void orLinesOfWhichTheEndOfTheAnswerIsTheEnd() throws Exception {
      site.page("/api", 200, "application/x-ndjson", "{\"id\":1}\n\n \n{\"id\":2}");
      Dispatch dispatch = subscribe("\"channel\":\"events\",\"server\":{\"name\":\"web\"}");
      FakeCoordinator.Stream stream = cluster.coordinator().session(0);

      stream.deliveries(1);
      stream.confirm(dispatch.getToken(), 1);
      stream.deliveries(2);
      stream.confirm(dispatch.getToken(), 2);

      Fault fault = cluster.coordinator().report(dispatch.getToken()).getFault();
      assertThat(fault.getDetail()).contains("the server has ended the answer");
      assertThat(
              Json.read(stream.deliveries().get(1).getMessage().toByteArray())
                  .at("/payload/id")
                  .asInt())
          .isEqualTo(2);
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
