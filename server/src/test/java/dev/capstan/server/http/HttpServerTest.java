package dev.capstan.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.server.gateway.MemoryGateway;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HttpServerTest {

  @Test
  void aTakenPortIsToldWithTheProcessThatHasIt() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      HttpSettings settings = HttpSettings.ofDefaults("127.0.0.1", other.getLocalPort());

      assertThatThrownBy(
              () ->
                  HttpServer.start(
                      settings, new MemoryGateway(), Authenticator.LOOPBACK, () -> "", RequestObserver.NONE))
          .isInstanceOf(PortInUse.class)
          .hasMessageContaining("Port " + other.getLocalPort() + " on 127.0.0.1 is taken")
          .hasMessageContaining("--port auto");
      assertThat(new PortOwner(Path.of("/proc")).find(other.getLocalPort()))
          .contains("process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void withoutProcNobodyIsNamed() {
    assertThat(new PortOwner(Path.of("/nowhere")).find(80)).isNull();
  }

  @Test
  void aStoppedServerFreesItsPort() throws IOException {
    TestServer first = new TestServer();
    int port = first.server.port();
    first.close();

    try (ServerSocket again = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(again.isBound()).isTrue();
    }
  }

  @Test
  void everyRequestIsObservedOnceWithItsOperation() {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    HttpSettings settings = HttpSettings.ofDefaults("127.0.0.1", 0);
    try (HttpServer server =
            HttpServer.start(
                settings,
                new MemoryGateway(),
                Authenticator.LOOPBACK,
                () -> "",
                (operation, status, nanos) -> seen.add(operation + " " + status));
        java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient()) {
      for (String path : List.of("/livez", "/v1/executions/x", "/nothing")) {
        java.net.http.HttpRequest request =
            java.net.http.HttpRequest.newBuilder(java.net.URI.create("http://127.0.0.1:" + server.port() + path)).build();
        assertThat(client.sendAsync(request, java.net.http.HttpResponse.BodyHandlers.discarding()).join()).isNotNull();
      }
    }
    assertThat(seen).containsExactly("getLiveness 200", "getExecution 404", "none 404");
  }
}
