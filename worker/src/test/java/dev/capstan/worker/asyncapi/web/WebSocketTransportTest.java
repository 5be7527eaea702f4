package dev.capstan.worker.asyncapi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.MissingNode;
import dev.capstan.worker.WebSocketSite;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What tasks would need half a minute to show; the rest is in AsyncApiCallTest. */
class WebSocketTransportTest {

  private static final WireMessage MESSAGE =
      new WireMessage("{}".getBytes(StandardCharsets.UTF_8), Map.of(), "application/json", null);

  private final WebSocketTransport transport = new WebSocketTransport(1_000);

  private static Endpoint endpoint(WebSocketSite site) {
    MissingNode none = MissingNode.getInstance();
    return new Endpoint(
        "ws", URI.create("ws://" + site.authority()), "/events", none, none, none, none, null);
  }

  @Test
  void whatTheServerHasNotSaidThatItHasReadIsNotSent() throws Exception {
    try (WebSocketSite site = new WebSocketSite()) {
      site.silent();

      assertThatThrownBy(() -> transport.publish(endpoint(site), MESSAGE, Duration.ofSeconds(2)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("The server did not close the connection within PT2S");
      assertThat(site.peer().told()).isEqualTo("{}");
    }
  }
}
