package dev.capstan.security.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.capstan.security.identity.NodeIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The JDK's HTTP server and client; no certificate here has a host name. */
class HttpTlsTest {
  private final TestCluster prod = new TestCluster("prod");
  private final TestCluster other = new TestCluster("prod");
  private final Set<NodeIdentity> evicted = ConcurrentHashMap.newKeySet();
  private HttpsServer server;

  @BeforeEach
  void serve() throws Exception {
    HttpTls tls =
        Tls.httpServer(
            NodeKeys.of(prod.coordinator("c1")),
            prod.trust().evicted(evicted::contains).build(),
            ClientCertificates.OPTIONAL);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls.context()) {
          @Override
          public void configure(HttpsParameters parameters) {
            parameters.setSSLParameters(tls.parameters());
          }
        });
    server.createContext("/", HttpTlsTest::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static void answer(HttpExchange exchange) throws IOException {
    NodeIdentity caller = PeerIdentity.of(((HttpsExchange) exchange).getSSLSession());
    byte[] body = (caller == null ? "nobody" : caller.uri()).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Test
  void anHttpServerKnowsWhoCalls() throws Exception {
    assertThat(get(NodeKeys.of(prod.worker("w1")), prod))
        .isEqualTo("capstan://prod/node/w1/role/worker");
    assertThat(get(NodeKeys.none(), prod)).isEqualTo("nobody");
  }

  @Test
  void anHttpServerOfAnotherAuthorityIsRefused() {
    assertThatThrownBy(() -> get(NodeKeys.none(), other))
        .isInstanceOf(IOException.class)
        .hasStackTraceContaining("none of the 1 authorities");
  }

  @Test
  void aNodeThatIsPutOutCanNotResumeWhatItHad() throws Exception {
    HttpTls worker = Tls.httpClient(NodeKeys.of(prod.worker("w1")), prod.trust().build());
    assertThat(get(worker)).endsWith("/node/w1/role/worker");
    evicted.add(NodeIdentity.worker("prod", "w1"));
    assertThatThrownBy(() -> get(worker)).isInstanceOf(IOException.class);
    assertThat(prod.refused)
        .isNotEmpty()
        .allMatch(refusal -> refusal.reason() == RefusedPeerException.Reason.EVICTED);
  }

  private String get(NodeKeys keys, TestCluster believed) throws Exception {
    return get(Tls.httpClient(keys, believed.trust().build()));
  }

  /** Over a new connection. */
  private String get(HttpTls tls) throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(tls.context()).sslParameters(tls.parameters()).build()) {
      URI uri = URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/");
      return client
          .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }
}
