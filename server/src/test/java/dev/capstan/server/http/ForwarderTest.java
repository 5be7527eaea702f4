package dev.capstan.server.http;

import static dev.capstan.server.Patience.PATIENCE;
import static dev.capstan.server.Patience.await;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sends requests on to a leader that behaves as it should not, over real sockets. */
class ForwarderTest {
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final ServerSocket leader = listen();
  private final ServerSocket other = listen();
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final List<String> receivedByOther = new CopyOnWriteArrayList<>();
  private final Deadlines deadlines = new Deadlines();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Locator locator = new Locator();
  private final Forwarder forwarder =
      new Forwarder(locator, client, new LivenessProbe(client), deadlines, "c1");

  private final class Locator implements LeaderLocator {
    private volatile boolean known = true;
    private volatile ServerSocket leading = leader;
    private volatile boolean mayBeFound = true;

    @Override
    public boolean isHere() {
      return false;
    }

    @Override
    public @Nullable URI address() {
      return known ? at(leading) : null;
    }

    @Override
    public boolean mayBeFound() {
      return mayBeFound;
    }

    @Override
    public List<URI> others() {
      return List.of(at(leader), at(other));
    }

    @Override
    public long term() {
      return 7;
    }

    @Override
    public CompletableFuture<?> confirm() {
      return CompletableFuture.failedFuture(new AssertionError("nobody asks a follower"));
    }
  }

  private static URI at(ServerSocket socket) {
    return URI.create("http://127.0.0.1:" + socket.getLocalPort());
  }

  private static ServerSocket listen() {
    try {
      return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new AssertionError("no port is free", e);
    }
  }

  private void leaderAnswers(@Nullable String answer) {
    answers(leader, received, answer);
  }

  private void otherAnswers(@Nullable String answer) {
    answers(other, receivedByOther, answer);
  }

  /** Answers each connection's first request with these bytes; with null, never. */
  private static void answers(ServerSocket socket, List<String> received, @Nullable String answer) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Socket connection = socket.accept();
              Thread.ofVirtual().start(() -> answer(connection, received, answer));
            }
          } catch (IOException e) {
            // The test is over.
          }
        });
  }

  private static void answer(Socket connection, List<String> received, @Nullable String answer) {
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
    other.close();
    client.shutdownNow();
    deadlines.close();
  }

  private static Forwarder.Request request(String method, Map<String, String> headers) {
    return request(method, headers, PATIENCE);
  }

  /** One that nobody answers in full. */
  private static Forwarder.Request inVain(String method, Map<String, String> headers) {
    return request(method, headers, LIMIT);
  }

  private static Forwarder.Request request(
      String method, Map<String, String> headers, Duration limit) {
    return new Forwarder.Request(
        method,
        "/v1/executions?limit=1",
        headers,
        () -> new byte[0],
        "r-1",
        () -> false,
        limit,
        false);
  }

  /** Whoever sends it would wait for longer than this test does. */
  private static Forwarder.Request patient(String method) {
    return patient(method, false);
  }

  private static Forwarder.Request patient(String method, boolean repeatable) {
    return new Forwarder.Request(
        method,
        "/",
        Map.of(),
        () -> new byte[0],
        "r-1",
        () -> repeatable,
        Duration.ofMinutes(5),
        false);
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
    otherAnswers(null);

    assertThat(refusal(patient("POST")).code()).isEqualTo(Refusal.Code.OUTCOME_UNKNOWN);
  }

  /** It has a key, and the leader stands still until there is another one. */
  @Test
  void aChangeThatIsMadeOnceHoweverOftenItIsSentGoesToTheNextLeader() throws Exception {
    leaderAnswers(null);
    otherAnswers("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
    CompletableFuture<Answer> answer = forwardedToTheNext();

    assertThat(answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).status()).isEqualTo(201);
    assertThat(receivedByOther).contains("POST / HTTP/1.1");
  }

  @Test
  void whatWasSentOnceMayHaveBeenMadeAlsoWhereTheNextLeaderRefusesIt() throws Exception {
    leaderAnswers(null);
    otherAnswers("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
    CompletableFuture<Answer> answer = forwardedToTheNext();

    assertThat(answer)
        .failsWithin(PATIENCE)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> assertThat(refusal.code()).isEqualTo(Refusal.Code.OUTCOME_UNKNOWN));
  }

  private CompletableFuture<Answer> forwardedToTheNext() {
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return forwarder.forward(patient("POST", true));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            },
            Thread::startVirtualThread);
    await().until(() -> !received.isEmpty());
    locator.leading = other;
    return answer;
  }

  @Test
  void anAnswerThatStopsHalfwayIsNone() {
    leaderAnswers("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nhalf");

    assertThat(refusal(inVain("POST", Map.of())).code()).isEqualTo(Refusal.Code.OUTCOME_UNKNOWN);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aLeaderThatIsSilentIsGivenUpBeforeTheRequestsTimeIsOver() {
    leaderAnswers(null);
    otherAnswers(null);

    assertThat(refusal(patient("GET")).getMessage()).contains("can't be reached from here");
  }

  @Test
  void aLeaderThatCannotBeReachedFromHereIsReachedByAnother() throws InterruptedException {
    leaderAnswers(null);
    otherAnswers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCapstan-Leader: http://c3\r\n\r\nok");

    Answer answer = Objects.requireNonNull(forwarder.forward(patient("GET")));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry("capstan-leader", "http://c3");
  }

  @Test
  void whereNoLeaderIsHeardOfAnotherMayReachIt() throws InterruptedException {
    locator.known = false;
    leaderAnswers("HTTP/1.1 503 No\r\nContent-Length: 0\r\nCapstan-Not-Leader: true\r\n\r\n");
    otherAnswers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    Answer answer = Objects.requireNonNull(forwarder.forward(patient("POST")));

    assertThat(answer.status()).isEqualTo(200);
  }

  /** Its process has ended; another one leads in a moment. */
  @Test
  void aLeaderThatRefusesConnectionsIsWaitedForUntilThereIsAnother() throws Exception {
    leader.close();
    otherAnswers("HTTP/1.1 503 No\r\nContent-Length: 0\r\nCapstan-Not-Leader: true\r\n\r\n");
    LivenessProbe liveness = new LivenessProbe(client);
    liveness.ask(at(leader));
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return forwarder.forward(patient("GET"));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            },
            Thread::startVirtualThread);

    assertThatThrownBy(() -> answer.get(1, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
    assertThat(liveness.isSilent(at(leader))).isFalse();
    assertThatThrownBy(answer::join).hasMessageContaining("could be reached for");
  }

  @Test
  void whoIsCutOffKeepsNobodyWaiting() {
    locator.known = false;
    locator.mayBeFound = false;
    leaderAnswers(null);
    otherAnswers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    assertThat(refusal(patient("POST")).getMessage()).contains("cut off from the majority");
    assertThat(received).isEmpty();
    assertThat(receivedByOther).isEmpty();
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
  void whatWasSentOnOnceGoesToTheLeaderAndNowhereElse() throws InterruptedException {
    leaderAnswers("HTTP/1.1 204 No Content\r\n\r\n");

    Answer _ = forwarder.forward(request("GET", Map.of("capstan-forwarded-by", "c2")));

    assertThat(received).anyMatch(line -> line.equalsIgnoreCase("Capstan-Forwarded-By: c2,c1"));
    locator.known = false;
    assertThat(refusal(inVain("GET", Map.of("capstan-forwarded-by", "c2"))).code())
        .isEqualTo(Refusal.Code.NOT_READY);
  }

  @Test
  void whatWasSentOnTwiceIsNotSentOnAgain() {
    leaderAnswers(null);

    assertThat(refusal(inVain("GET", Map.of("capstan-forwarded-by", "c2,c3"))).code())
        .isEqualTo(Refusal.Code.NOT_READY);
    assertThat(received).isEmpty();
  }
}
