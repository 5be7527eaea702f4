package dev.capstan.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HostileClientTest {
  private TestServer server;

  @BeforeAll
  void start() {
    server =
        new TestServer(s ->
            TestServer.bounds(s, 10_000, 64, 64, Duration.ofSeconds(2), Duration.ofSeconds(5)));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @AfterEach
  void theServerStillServes() {
    assertThat(server.get("/livez").statusCode()).isEqualTo(200);
  }

  @Test
  void headersThatComeOneByteAtATimeEndTheConnection() throws IOException {
    try (Socket socket = server.raw("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")) {
      assertThat(trickleUntilClosed(socket)).isTrue();
    }
  }

  @Test
  void aBodyThatComesOneByteAtATimeEndsTheConnection() throws IOException {
    String head =
        "POST /v1/executions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{";
    try (Socket socket = server.raw(head)) {
      assertThat(trickleUntilClosed(socket)).isTrue();
    }
  }

  /**
   * Sends a byte whenever the server is silent for 50 ms, as often as a patient server would allow
   * for 20 s.
   */
  private static boolean trickleUntilClosed(Socket socket) throws IOException {
    socket.setSoTimeout(50);
    for (int i = 0; i < 400; i++) {
      try {
        if (socket.getInputStream().read() < 0) {
          return true;
        }
      } catch (java.net.SocketTimeoutException e) {
        try {
          socket.getOutputStream().write('a');
        } catch (SocketException gone) {
          return true;
        }
      } catch (SocketException e) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aDeclaredLengthBeyondTheLimitIsAnsweredBeforeTheBodyIsSent() throws IOException {
    String head =
        "POST /v1/executions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            .concat("Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n");
    try (Socket socket = server.raw(head)) {
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer)
          .startsWith("HTTP/1.1 413")
          .contains("http.max_request_body")
          .doesNotContain("100 Continue");
    }
  }

  @Test
  void twoWaysToTellTheLengthAreRefused() {
    String head = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\n";
    assertThat(
            server.exchange(
                head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .containsOnlyOnce("HTTP/1.1");
    assertThat(server.exchange(head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"))
        .startsWith("HTTP/1.1 400");
    assertThat(server.exchange(head + "Content-Length: +3\r\n\r\nabc")).startsWith("HTTP/1.1 400");
    assertThat(server.exchange(head + "Content-Length: -1\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(server.exchange(head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"))
        .startsWith("HTTP/1.1 400");
  }

  @Test
  void chunksThatAreNotChunksAreRefused() {
    String head =
        "POST /v1/executions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    assertThat(server.exchange(head + "zz\r\n{}\r\n0\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(server.exchange(head + "-5\r\n{}\r\n0\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(server.exchange(head + "7fffffff\r\n{}")).startsWith("HTTP/1.1 413");
  }

  /** Else its next write would fail, and it would never come to read why. */
  @Test
  void aClientThatIsStillSendingTooManyChunksGetsItsAnswer() throws IOException {
    String head =
        "POST /v1/executions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    String chunk = "1000\r\n" + "x".repeat(0x1000) + "\r\n";
    try (Socket socket = server.raw(head + chunk.repeat(4))) {
      for (int i = 0; i < 50; i++) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        socket.getOutputStream().write(chunk.getBytes(StandardCharsets.ISO_8859_1));
      }
      socket.getOutputStream().write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 413");
    }
  }

  @Test
  void floodsOfHeadersAndLongLinesAreRefused() {
    assertThat(
            server.exchange(
                "GET /livez HTTP/1.1\r\nHost: localhost\r\n"
                    + "X-A: bbbbbbbbbb\r\n".repeat(5000)
                    + "\r\n"))
        .startsWith("HTTP/1.1 431");
    assertThat(
            server.exchange("GET /" + "a".repeat(50_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        .startsWith("HTTP/1.1 4");
  }

  @Test
  void methodsNobodyKnowsAreNotAllowed() {
    assertThat(
            server.exchange(
                "BREW /v1/executions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 405")
        .contains("Allow: POST, GET, HEAD, OPTIONS");
  }

  @Test
  void whatIsNotHttpIsRefused() {
    assertThat(server.exchange("hello\r\n\r\n")).doesNotContain("200 OK");
    assertThat(server.exchange("\u0016\u0003\u0001\u0000\u0005abcde")).doesNotContain("200 OK");
    assertThat(server.exchange("GET /livez HTTP/9.9\r\nHost: localhost\r\n\r\n"))
        .doesNotContain("200 OK");
    assertThat(server.exchange("GET /livez HTTP/1.1\r\nHost: localhost\r\nBad Header\r\n\r\n"))
        .doesNotContain("200 OK");
  }

  @Test
  void pathsThatEscapeTheirEncodingAreRefused() {
    String rest = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assertThat(server.exchange("GET /v1/executions/%ff" + rest)).startsWith("HTTP/1.1 400");
    assertThat(server.exchange("GET /v1/executions/%4" + rest)).startsWith("HTTP/1.1 400");
    assertThat(server.exchange("GET /v1/executions?status=%zz" + rest)).startsWith("HTTP/1.1 400");
    assertThat(server.exchange("GET //livez" + rest)).startsWith("HTTP/1.1 400");
    assertThat(server.exchange("GET /v1/executions/%2e%2e/x" + rest)).startsWith("HTTP/1.1 404");
    assertThat(server.exchange("GET /v1/executions/a%0d%0aX-Evil:%201" + rest))
        .doesNotContain("\r\nX-Evil");
  }

  @Test
  void anotherHostThanThisIsRefused() {
    assertThat(
            server.exchange(
                "GET /v1/nodes HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 421")
        .contains("use localhost, 127.0.0.1 or [::1]");
    assertThat(
            server.exchange(
                "GET /v1/nodes HTTP/1.1\r\nHost: [::1]:7480\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200");
    assertThat(server.exchange("GET /v1/nodes HTTP/1.1\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 4");
  }

  @Test
  void pagesOfOtherSitesMayNotChangeAnything() {
    String request =
        "POST /v1/executions/x/cancel HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    assertThat(server.exchange(request + "Origin: https://evil.example\r\n\r\n"))
        .startsWith("HTTP/1.1 421");
    assertThat(server.exchange(request + "Origin: null\r\n\r\n")).startsWith("HTTP/1.1 421");
    assertThat(server.exchange(request + "Sec-Fetch-Site: cross-site\r\n\r\n"))
        .startsWith("HTTP/1.1 421");
    assertThat(server.exchange(request + "Origin: http://localhost\r\n\r\n"))
        .startsWith("HTTP/1.1 404");
  }

  @Test
  void aConnectionServesRequestAfterRequestAlsoWhenABodyIsNotRead() {
    String refused =
        "POST /v1/nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    String answers =
        server.exchange(
            refused + "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    assertThat(answers).startsWith("HTTP/1.1 404").contains("HTTP/1.1 200");
  }
}
