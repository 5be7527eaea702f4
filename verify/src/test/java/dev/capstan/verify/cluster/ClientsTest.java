package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The load of the kill tests tells when the cluster rejects what nothing is wrong with. */
class ClientsTest {
  private final AtomicInteger requests = new AtomicInteger();
  private final HttpServer server;

  ClientsTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Clients clients(IntUnaryOperator statusOfRequest) {
    server.createContext(
        "/v1/executions",
        exchange -> {
          byte[] answer = "{\"code\":\"CAP-1\"}".getBytes(StandardCharsets.UTF_8);
          int status = statusOfRequest.applyAsInt(requests.incrementAndGet());
          exchange.sendResponseHeaders(status, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return new Clients(List.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort())), 1);
  }

  private static void await(Clients clients) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> clients.acknowledged().size() > 2 || !clients.rejections().isEmpty());
  }

  @Test
  void aRejectionForGoodIsRecordedAndEndsTheLoad() throws Exception {
    try (Clients clients = clients(request -> request == 2 ? 409 : 201)) {
      await(clients);
      clients.stop();

      assertThat(clients.rejections()).singleElement().asString().contains("x-000002", "CAP-1");
      assertThat(clients.acknowledged()).hasSize(1);
    }
  }

  @Test
  void whatIsTooMuchAtATimeOrNotReadyIsSentAgain() throws Exception {
    try (Clients clients =
        clients(request ->
            switch (request) {
              case 1 -> 429;
              case 2 -> 503;
              default -> 201;
            })) {
      await(clients);

      assertThat(clients.rejections()).isEmpty();
      assertThat(clients.acknowledged()).containsKey("x-000001");
      assertThat(clients.again()).isEqualTo(2);
    }
  }
}
