package dev.capstan.server.http;

import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Principal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Life-cycle events as a stream of a coordinator with several partitions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
final class LifecycleStreamTest {
  private static final String TEXT =
      """
      document: {dsl: '1.0.0', namespace: %s, name: setting, version: '1.0.0'}
      do:
        - first: {set: {greeting: hello}}
      """;

  private final HttpClient client = HttpClient.newHttpClient();
  private Coordinator coordinator;

  @BeforeAll
  void start(@TempDir Path directory) {
    coordinator =
        Coordinator.start(
            CoordinatorConfig.local(directory).withPorts(null, 0).withPartitions(3), Map.of());
  }

  @AfterAll
  void stop() {
    client.close();
    coordinator.close();
  }

  private int port() {
    return Objects.requireNonNull(coordinator.httpPort());
  }

  private HttpResponse<InputStream> open(String query) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/v1/events" + query))
            .header("Accept", "text/event-stream")
            .timeout(Duration.ofSeconds(60))
            .build();
    return client.sendAsync(request, BodyHandlers.ofInputStream()).join();
  }

  private void run(String namespace, String id) {
    coordinator
        .gateway()
        .start(
            Principal.LOCAL,
            new StartRequest(
                TEXT.formatted(namespace),
                null,
                null,
                null,
                new JsonMapper().createObjectNode(),
                id,
                null,
                Map.of()))
        .join();
    coordinator.gateway().await(Principal.LOCAL, id, Duration.ofSeconds(60)).join();
  }

  private static BufferedReader reader(HttpResponse<InputStream> response) {
    return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  /** Up to the comment from which on nothing is missed. */
  private static void awaitOpen(BufferedReader reader) throws IOException {
    String line = reader.readLine();
    while (line != null && !line.startsWith(": nothing is missed")) {
      line = reader.readLine();
    }
    assertThat(line).isNotNull();
  }

  private static JsonNode next(BufferedReader reader) throws IOException {
    String name = "";
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.startsWith("event: ")) {
        name = line.substring(7);
      } else if (line.startsWith("data: ")) {
        assertThat(name).isEqualTo("lifecycle");
        return json(line.substring(6));
      }
    }
    throw new AssertionError("the stream ended");
  }

  @Test
  void aStreamHasTheEventsOfAllPartitions() throws IOException {
    HttpResponse<InputStream> response = open("");
    assertThat(response.statusCode()).isEqualTo(200);
    try (BufferedReader reader = reader(response)) {
      awaitOpen(reader);
      for (int i = 0; i < 12; i++) {
        String id = "all" + i;
        run("all", id);
        List<String> types = new ArrayList<>();
        for (int event = 0; event < 5; event++) {
          JsonNode told = next(reader);
          assertThat(told.get("subject").textValue()).isEqualTo(id);
          assertThat(told.get("specversion").textValue()).isEqualTo("1.0");
          types.add(told.get("type").textValue());
        }
        assertThat(types)
            .startsWith("io.serverlessworkflow.workflow.started.v1")
            .endsWith("io.serverlessworkflow.workflow.completed.v1");
      }
    }
  }

  @Test
  void aStreamCanBeOfOneNamespace() throws IOException {
    try (BufferedReader reader = reader(open("?namespace=wanted&workflow=setting"))) {
      awaitOpen(reader);
      run("other", "not-wanted");
      run("wanted", "wanted");
      assertThat(next(reader).get("subject").textValue()).isEqualTo("wanted");
    }
  }

  /** It reads nothing at all, so the server's writes to it stop somewhere. */
  @Test
  void aClientThatDoesNotReadHoldsUpNoExecution() throws IOException {
    try (Socket deaf = new Socket(InetAddress.getLoopbackAddress(), port())) {
      deaf.setReceiveBufferSize(1024);
      deaf.getOutputStream()
          .write(
              "GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      deaf.getOutputStream().flush();
      for (int i = 0; i < 100; i++) {
        run("deaf", "deaf" + i);
      }
      assertThat(deaf.isClosed()).isFalse();
    }
  }
}
