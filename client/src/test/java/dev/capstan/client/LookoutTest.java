package dev.capstan.client;

import static dev.capstan.client.CapstanClient.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waits at a server that does not answer, while others say who leads. */
@Timeout(60)
class LookoutTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  private Coordinator first;
  private Coordinator second;
  private Coordinator third;

  /** What a coordinator says of itself. */
  private record Says(int status, @Nullable String leader, int term) {}

  private static final class Coordinator implements AutoCloseable {
    private final HttpServer http;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch held = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger looks = new AtomicInteger();
    private final boolean answers;
    private volatile @Nullable Says says;

    private Coordinator(boolean answers) throws IOException {
      this.answers = answers;
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      http.setExecutor(threads);
      http.createContext("/readyz", this::sayHow);
      http.createContext("/v1", this::serve);
      http.start();
    }

    private String address() {
      return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    private void sayHow(HttpExchange exchange) throws IOException {
      Says present = says;
      looks.incrementAndGet();
      if (present == null) {
        hold();
        return;
      }
      try (exchange) {
        if (present.leader() != null) {
          exchange.getResponseHeaders().set("Capstan-Leader", present.leader());
        }
        exchange.getResponseHeaders().set("Capstan-Term", Integer.toString(present.term()));
        exchange.sendResponseHeaders(present.status(), -1);
      }
    }

    private void serve(HttpExchange exchange) throws IOException {
      asked.incrementAndGet();
      if (!answers) {
        hold();
        return;
      }
      try (exchange) {
        byte[] none = "{\"nodes\":[]}".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, none.length);
        exchange.getResponseBody().write(none);
      }
    }

    private void hold() {
      try {
        held.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      held.countDown();
      http.stop(0);
      threads.shutdownNow();
    }
  }

  @BeforeEach
  void start() throws IOException {
    first = new Coordinator(false);
    second = new Coordinator(true);
    third = new Coordinator(true);
  }

  @AfterEach
  void stop() {
    first.close();
    second.close();
    third.close();
  }

  private CapstanClient client() {
    return CapstanClient.builder()
        .servers(List.of(first.address(), second.address(), third.address()))
        .timeouts(Duration.ofSeconds(3), LONG)
        .build();
  }

  /** As a leader that the network has lost, and that does not know yet. */
  @Test
  void whoLeadsInALaterTermIsAskedInstead() {
    first.says = new Says(200, null, 3);
    second.says = new Says(200, third.address(), 4);
    third.says = new Says(200, null, 4);
    try (CapstanClient client = client()) {
      assertThat(await(client.nodes())).isEmpty();
      assertThat(client.server()).isEqualTo(third.address());
    }
  }

  @Test
  void whoeverLeadsIsAskedInsteadOfOneThatKnowsNoLeader() {
    first.says = new Says(503, null, 4);
    second.says = new Says(200, null, 4);
    third.says = new Says(200, second.address(), 4);
    try (CapstanClient client = client()) {
      assertThat(await(client.nodes())).isEmpty();
      assertThat(client.server()).isEqualTo(second.address());
    }
  }

  /** As one that hears who leads, and is not heard there. */
  @Test
  void whoLeadsIsAskedInsteadOfOneThatSaysSoAndDoesNotReachIt() {
    first.says = new Says(200, second.address(), 4);
    second.says = new Says(200, null, 4);
    third.says = new Says(200, second.address(), 4);
    try (CapstanClient client = client()) {
      assertThat(await(client.nodes())).isEmpty();
      assertThat(client.server()).isEqualTo(second.address());
    }
  }

  /** It stands still; there is no need to wait until that is certain. */
  @Test
  void whoLeadsIsAskedInsteadOfOneThatSaysNothing() {
    second.says = new Says(200, null, 4);
    third.says = new Says(200, second.address(), 4);
    try (CapstanClient client = client()) {
      assertThat(await(client.nodes())).isEmpty();
      assertThat(client.server()).isEqualTo(second.address());
    }
  }

  /** As a machine that stands still. */
  @Test
  void aServerThatSaysNothingIsLeft() {
    second.says = new Says(200, first.address(), 4);
    try (CapstanClient several =
        CapstanClient.builder()
            .servers(List.of(first.address(), second.address()))
            .timeouts(Duration.ofSeconds(3), LONG)
            .build()) {
      assertThat(await(several.nodes())).isEmpty();
      assertThat(several.server()).isEqualTo(second.address());
    }
  }

  /** Its answer takes long, and nobody would give it sooner. */
  @Test
  void aLeaderThatIsThereIsWaitedFor() {
    first.says = new Says(200, null, 4);
    second.says = new Says(200, null, 3);
    third.says = new Says(200, first.address(), 4);
    try (CapstanClient client = client()) {
      CompletableFuture<?> nodes = client.nodes();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> first.looks.get() > 3 && second.looks.get() > 3);

      assertThat(nodes).isNotDone();
      assertThat(first.asked).hasValue(1);
      assertThat(second.asked).hasValue(0);
      nodes.cancel(true);
    }
  }
}
