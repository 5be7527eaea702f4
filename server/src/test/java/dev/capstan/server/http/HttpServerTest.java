package dev.capstan.server.http;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.node.env.PortOwner;
import dev.capstan.server.gateway.MemoryGateway;
import dev.capstan.server.metrics.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class HttpServerTest {

  @Test
  void aTakenPortIsToldWithTheProcessThatHasIt() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      HttpSettings settings = HttpSettings.ofDefaults("127.0.0.1", other.getLocalPort());

      assertThatThrownBy(() ->
              HttpServer.start(
                  settings, new MemoryGateway(), HttpSecurity.LOOPBACK, new Metrics("test")))
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
  void everyRequestIsMeasuredWithItsOperationAndTheGatewayTellsTheRest() {
    try (TestServer server = new TestServer()) {
      server.get("/livez");
      server.get("/v1/executions/x");
      server.get("/nothing");

      // A request is measured when its answer is out, so whoever has the answer may be earlier.
      await()
          .untilAsserted(() ->
              assertThat(server.get("/metrics").body())
                  .contains(measured("getLiveness", 200))
                  .contains(measured("getExecution", 404))
                  .contains(measured("none", 404))
                  .contains("capstan_ready 1")
                  .contains("capstan_nodes{status=\"active\"} 1")
                  .contains("capstan_partition_leader{partition=\"0\"} 1")
                  .contains("capstan_build_info{version=\"test\"} 1")
                  .contains("jvm_memory_used_bytes"));
    }
  }

  private static String measured(String operation, int status) {
    return "capstan_http_request_seconds_count{operation=\"%s\",status=\"%d\"} 1"
        .formatted(operation, status);
  }
}
