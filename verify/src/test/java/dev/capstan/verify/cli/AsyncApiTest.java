package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.capstan.worker.LocalhostKeys;
import dev.capstan.worker.WebSocketSite;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Messages from the file of a definition to a server, and from a server, through the whole program.
 */
class AsyncApiTest {
  private static final String HEAD =
      "document: { dsl: '1.0.3', namespace: test, name: messages, version: '1.0.0' }\n";

  @TempDir Path directory;

  private Started start(String definition) throws IOException {
    Files.writeString(directory.resolve("messages.yaml"), HEAD + definition);
    return Shell.in(directory).start("run", "messages.yaml");
  }

  private String document(String server) throws IOException {
    Path file = directory.resolve("asyncapi.yaml");
    Files.writeString(
        file,
        """
        asyncapi: 2.6.0
        info: { title: Orders, version: 1.0.0 }
        servers: { main: { %s } }
        channels:
          /orders:
            publish: { operationId: place, message: { correlationId: { location: '$message.header#/order' } } }
            subscribe: { operationId: hear, message: { correlationId: { location: '$message.payload#/order' } } }
        """
            .formatted(server));
    return file.toUri().toString();
  }

  @Test
  void aMessageIsPublishedAndItsTaskGivesItOn() throws IOException {
    AtomicReference<String> heard = new AtomicReference<>("");
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/orders",
        exchange -> {
          heard.set(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestHeaders().getFirst("order")
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(202, -1);
          exchange.close();
        });
    server.start();
    try (Started run =
        start(
            """
            do:
              - place:
                  call: asyncapi
                  with:
                    document: { endpoint: '%s' }
                    channel: /orders
                    server: { name: main, variables: { version: v1 } }
                    message: { payload: { n: '${ 6 * 7 }' }, headers: { order: o-1 } }
            """
                .formatted(
                    document(
                        "url: 'http://127.0.0.1:%d/{version}', protocol: http, variables: { version: { default: v2 } }"
                            .formatted(server.getAddress().getPort()))))) {
      Ended ended = run.awaitEnd();

      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.json().toString())
          .isEqualTo(
              "{\"payload\":{\"n\":42},\"headers\":{\"order\":\"o-1\"},\"correlationId\":\"o-1\"}");
      assertThat(heard.get()).isEqualTo("POST o-1 {\"n\":42}");
    } finally {
      server.stop(0);
    }
  }

  private String hearing(WebSocketSite site, String consume) throws IOException {
    return """
    do:
      - place:
          call: asyncapi
          with: { document: { endpoint: '%1$s' }, operation: place, message: { payload: { n: 0 } } }
      - hear:
          call: asyncapi
          with:
            document: { endpoint: '%1$s' }
            operation: hear
            protocol: ws
            subscription: { filter: '${ .payload.n > 0 }', consume: %2$s }
          output: { as: '${ map(.payload.n) }' }
    """
        .formatted(document("url: '" + site.authority() + "/ws', protocol: ws"), consume);
  }

  /** The one that subscribes, after the one that has placed something. */
  private static WebSocketSite.Peer subscriber(WebSocketSite site) throws InterruptedException {
    assertThat(site.peer().told()).isEqualTo("{\"n\":0}");
    return site.peer();
  }

  @Test
  void messagesAreTakenUntilAConditionHolds() throws IOException, InterruptedException {
    try (WebSocketSite site = new WebSocketSite();
        Started run = start(hearing(site, "{ until: '${ (map(.payload.n) | add) == 3 }' }"))) {
      WebSocketSite.Peer peer = subscriber(site);
      peer.say("{\"n\":1}");
      peer.say("{\"n\":-3}");
      peer.say("{\"n\":2}");
      peer.say("{\"n\":4}");

      Ended ended = run.awaitEnd();
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.json().toString()).isEqualTo("[1,2]");
      assertThat(peer.told()).isEqualTo("closed");
    }
  }

  @Test
  void messagesAreTakenForATime() throws IOException, InterruptedException {
    try (WebSocketSite site = new WebSocketSite();
        Started run = start(hearing(site, "{ for: { seconds: 10 }, amount: 9 }"))) {
      WebSocketSite.Peer peer = subscriber(site);
      peer.say("{\"n\":1}");
      peer.say("{\"n\":-3}");
      peer.say("{\"n\":2}");

      Ended ended = run.awaitEnd();
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.json().toString()).isEqualTo("[1,2]");
      assertThat(peer.told()).isEqualTo("closed");
    }
  }

  @Test
  void messagesThatTheFilterLetsPassAreHandledOneByOneUntilThereAreEnough()
      throws IOException, InterruptedException {
    try (WebSocketSite site = new WebSocketSite();
        Started run =
            start(
                """
                do:
                  - hear:
                      call: asyncapi
                      with:
                        document: { endpoint: '%s' }
                        operation: hear
                        protocol: ws
                        subscription:
                          filter: '${ .correlationId == "o-1" }'
                          consume: { while: '${ $context.sum < 6 }' }
                          foreach:
                            item: message
                            at: i
                            do:
                              - sum: { set: { sum: '${ ($context.sum // 0) + $message.payload.n }', i: '${ $i }' } }
                            export: { as: '${ { sum } }' }
                """
                    .formatted(document("url: '" + site.authority() + "/ws', protocol: ws")))) {
      WebSocketSite.Peer peer = site.peer();
      assertThat(peer.path()).isEqualTo("/ws/orders");
      peer.say("{\"order\":\"o-1\",\"n\":1}");
      peer.say("{\"order\":\"o-2\",\"n\":100}");
      peer.say("no JSON");
      peer.say("{\"order\":\"o-1\",\"n\":2}");
      peer.say("{\"order\":\"o-1\",\"n\":3}");
      peer.say("{\"order\":\"o-1\",\"n\":4}");

      Ended ended = run.awaitEnd();
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.json().toString())
          .isEqualTo("[{\"sum\":1,\"i\":0},{\"sum\":3,\"i\":1},{\"sum\":6,\"i\":2}]");
      assertThat(peer.told()).isEqualTo("closed");
    }
  }

  @Test
  void overTlsMessagesGoToWhomTheVirtualMachineTrustsByTheRightName()
      throws IOException, InterruptedException {
    LocalhostKeys keys = LocalhostKeys.get();
    try (WebSocketSite site = new WebSocketSite(keys.context().getServerSocketFactory())) {
      String server = "url: '{host}:" + site.port() + "', protocol: wss, variables: { host: {} }";
      Files.writeString(
          directory.resolve("messages.yaml"),
          HEAD
              + """
              do:
                - right:
                    call: asyncapi
                    with:
                      document: { endpoint: '%1$s' }
                      channel: /orders
                      server: { name: main, variables: { host: localhost } }
                      message: { payload: { n: 7 } }
                - wrong:
                    try:
                      - send:
                          call: asyncapi
                          with:
                            document: { endpoint: '%1$s' }
                            channel: /orders
                            server: { name: main, variables: { host: 127.0.0.1 } }
                            message: { payload: { n: 8 } }
                    catch:
                      errors: { with: { type: 'https://open-workflow-specification.org/spec/1.0.0/errors/communication' } }
                      as: error
                      do: [ { tell: { set: { told: '${ $error.detail }' } } } ]
              """
                  .formatted(document(server)));
      Ended ended =
          Shell.in(directory)
              .with(
                  "JDK_JAVA_OPTIONS",
                  "-Djavax.net.ssl.trustStore="
                      + keys.authority()
                      + " -Djavax.net.ssl.trustStorePassword="
                      + LocalhostKeys.PASSWORD)
              .run("run", "messages.yaml");

      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(site.peer().told()).isEqualTo("{\"n\":7}");
      assertThat(ended.json().path("told").asText())
          .contains("wss at 127.0.0.1:" + site.port(), "is for other names");
    }
  }
}
