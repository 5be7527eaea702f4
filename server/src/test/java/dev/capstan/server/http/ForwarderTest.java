package dev.capstan.server.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.capstan.server.gateway.Refusal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sends requests on to a leader that behaves as it should not, over real sockets. */
class ForwarderTest {
  private static final Duration LIMIT = Duration.ofMillis(300);

  private final ServerSocket leader = listen();
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final Deadlines deadlines = new Deadlines();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Forwarder forwarder =
      new Forwarder(
          new LeaderLocator() {
            @Override
            public boolean isHere() {
              return false;
            }

            @Override
            public URI address() {
              return URI.create("http://127.0.0.1:" + leader.getLocalPort());
            }

            @Override
            public CompletableFuture<?> confirm() {
              return CompletableFuture.failedFuture(new AssertionError("nobody asks a follower"));
            }
          },
          client,
          deadlines,
          "c1");

  private static ServerSocket listen() {
    try {
      return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new AssertionError("no port is free", e);
    }
  }

  /** Answers each connection's first request with these bytes; with null, never. */
  private void leaderAnswers(@Nullable String answer) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Socket connection = leader.accept();
              Thread.ofVirtual().start(() -> answer(connection, answer));
            }
          } catch (IOException e) {
            // The test is over.
          }
        });
  }

  private void answer(Socket connection, @Nullable String answer) {
    try {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(connection.getInputStream(), US_ASCII));
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        received.add(line);
      }
      if (answer != null) {
        connection.getOutputStream().write(answer.getBytes(US_ASCII));
        connection.getOutputStream().flush();
      }
    } catch (IOException e) {
      // The other side gave up.
    }
  }

  @AfterEach
  void close() throws IOException {
    leader.close();
    client.shutdownNow();
    deadlines.close();
  }

  private static Forwarder.Request request(String method, Map<String, String> headers) {
    return new Forwarder.Request(
        method, "/v1/executions?limit=1", headers, () -> new byte[0], "r-1", LIMIT, false);
  }

  private Refusal refusal(Forwarder.Request request) {
    Refusal refusal = catchThrowableOfType(Refusal.class, () -> forwarder.forward(request));
    assertThat(refusal).isNotNull();
    return refusal;
  }

  @Test
  void whatTheLeaderAnswersIsAnswered() throws InterruptedException {
    leaderAnswers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok");

    Answer answer =
        Objects.requireNonNull(forwarder.forward(request("GET", Map.of("accept", "text/plain"))));

    assertThat(answer).isInstanceOf(Answer.Whole.class);
    assertThat(((Answer.Whole) answer).body()).isEqualTo("ok".getBytes(US_ASCII));
    assertThat(received)
        .contains("GET /v1/executions?limit=1 HTTP/1.1", "accept: text/plain")
        .anyMatch(line -> line.equalsIgnoreCase("Capstan-Forwarded-By: c1"));
  }

  @Test
  void aChangeThatTheLeaderDoesNotAnswerMayHaveBeenMade() {
    leaderAnswers(null);

    assertThat(refusal(request("POST", Map.of())).code()).isEqualTo(Refusal.Code.OUTCOME_UNKNOWN);
  }

  @Test
  void anAnswerThatStopsHalfwayIsNone() {
    leaderAnswers("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nhalf");

    assertThat(refusal(request("POST", Map.of())).code()).isEqualTo(Refusal.Code.OUTCOME_UNKNOWN);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aQuestionIsAskedAgainUntilPatienceEnds() {
    leaderAnswers(null);

    assertThat(refusal(request("GET", Map.of())).code()).isEqualTo(Refusal.Code.NOT_READY);
    assertThat(received).filteredOn(line -> line.startsWith("GET ")).hasSizeGreaterThan(1);
  }

  @Test
  void headersOfOneHopAreNotSentOn() throws InterruptedException {
    leaderAnswers("HTTP/1.1 204 No Content\r\n\r\n");

    Answer _ =
        forwarder.forward(
            request("GET", Map.of("connection", "X-Trace, close", "x-trace", "a", "x-other", "b")));

    assertThat(received).contains("x-other: b").noneMatch(line -> line.startsWith("x-trace"));
  }

  @Test
  void whatCannotBeSentOnIsTold() {
    leaderAnswers(null);

    assertThatThrownBy(() -> forwarder.forward(request("GET", Map.of("x-name", "\u540d"))))
        .isInstanceOf(HttpFault.class)
        .hasMessageContaining("can't be sent on");
  }

  @Test
  void whatACoordinatorSaysOfItselfNamesTheOneThatLeads() {
    Answer answer = forwarder.pointing(Answer.text(200, "text/plain", "ready"));

    assertThat(answer.headers())
        .containsEntry("Capstan-Leader", "http://127.0.0.1:" + leader.getLocalPort());
  }

  @Test
  void whatWasSentOnOnceIsNotSentOnAgain() {
    leaderAnswers(null);

    assertThat(refusal(request("GET", Map.of("capstan-forwarded-by", "c2"))).code())
        .isEqualTo(Refusal.Code.NOT_READY);
    assertThat(received).isEmpty();
  }
}
