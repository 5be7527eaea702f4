package dev.capstan.server.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.Tls;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No operation of the HTTP API is open, but for those that must be. */
class HttpKeysTest {
  /** What says nothing of a cluster but that it is there. */
  private static final Set<String> PUBLIC =
      Set.of("GET /", "GET /errors/{code}", "GET /livez", "GET /openapi.json", "GET /readyz");

  @TempDir Path directory;

  @Test
  void everyOperationAsksForAKey() throws Exception {
    JsonNode document = new ObjectMapper().readTree(Path.of("../docs/openapi.json").toFile());
    Set<String> open = new TreeSet<>();
    try (LoneCluster cluster = LoneCluster.start(directory, NodeConfig.ofDefaults());
        HttpClient client =
            HttpClient.newBuilder()
                .sslContext(Tls.httpClient(NodeKeys.none(), cluster.trust()).context())
                .build()) {
      List<String> operations = new ArrayList<>();
      for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
        path.getValue()
            .fieldNames()
            .forEachRemaining(
                method -> operations.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey()));
      }
      assertThat(operations).hasSizeGreaterThan(30);
      for (String operation : operations) {
        if (status(client, cluster, operation) != 401) {
          open.add(operation);
        }
      }
    }

    assertThat(open).isEqualTo(PUBLIC);
  }

  /** It need not know under which names machines before it pass requests on to it. */
  @Test
  void aCoordinatorOnLoopbackAnswersByAnyName() throws Exception {
    try (LoneCluster cluster = LoneCluster.start(directory, NodeConfig.ofDefaults());
        Socket socket =
            Tls.httpClient(NodeKeys.none(), cluster.trust())
                .context()
                .getSocketFactory()
                .createSocket("127.0.0.1", cluster.config.node().httpPort())) {
      socket.setSoTimeout((int) LoneCluster.PATIENCE.toMillis());
      socket
          .getOutputStream()
          .write(
              "GET /livez HTTP/1.1\r\nHost: c1.example:7480\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));

      String answer =
          new String(
              socket.getInputStream().readNBytes("HTTP/1.1 200".length()),
              StandardCharsets.US_ASCII);

      assertThat(answer).isEqualTo("HTTP/1.1 200");
    }
  }

  private static int status(HttpClient client, LoneCluster cluster, String operation)
      throws Exception {
    String method = operation.substring(0, operation.indexOf(' '));
    String path = operation.substring(method.length() + 1).replaceAll("\\{\\w+}", "x");
    URI address = URI.create("https://127.0.0.1:" + cluster.config.node().httpPort() + path);
    HttpRequest request =
        HttpRequest.newBuilder(address).method(method, HttpRequest.BodyPublishers.noBody()).build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }
}
