package dev.capstan.worker.asyncapi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.MissingNode;
import dev.capstan.worker.WebSocketSite;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.Subscription;
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

  private static final Duration PATIENCE = Duration.ofSeconds(60);

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

  @Test
  void aServerThatSaysNothingMoreIsGone() throws Exception {
    WebSocketTransport impatient = new WebSocketTransport(1_000, Duration.ofMillis(50));
    try (WebSocketSite site = new WebSocketSite()) {
      site.silent();

      try (Subscription subscription = impatient.subscribe(endpoint(site), PATIENCE)) {
        assertThatThrownBy(
                () -> {
                  while (true) {
                    Object none = subscription.next(Duration.ofMillis(20));
                    assertThat(none).isNull();
                  }
                })
            .isInstanceOf(IOException.class)
            .hasMessageContaining("the server has said nothing for");
      }
    }
  }

  @Test
  void aServerThatOnlyAnswersWhetherItIsThereIsListenedTo() throws Exception {
    Duration askAfter = Duration.ofSeconds(2);
    WebSocketTransport transport = new WebSocketTransport(1_000, askAfter);
    try (WebSocketSite site = new WebSocketSite();
        Subscription subscription = transport.subscribe(endpoint(site), PATIENCE)) {
      long end = System.nanoTime() + askAfter.multipliedBy(4).toNanos();
      while (System.nanoTime() < end) {
        Object none = subscription.next(Duration.ofMillis(50));
        assertThat(none).isNull();
      }
      site.peer().say("{}");

      WireMessage message = subscription.next(PATIENCE);

      assertThat(message).isNotNull().extracting(WireMessage::payload).isEqualTo(MESSAGE.payload());
    }
  }
}
