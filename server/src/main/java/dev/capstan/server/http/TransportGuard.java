package dev.capstan.server.http;

import dev.capstan.server.gateway.Refusal;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionListener;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the socket and the requests. It bounds how long a client may take for headers and
 * body, and turns down what must not be read on: bodies beyond the limit, and lengths that two
 * readers could understand differently (RFC 9112, section 6.3), which is how requests are smuggled.
 * All methods run on the connection's thread.
 */
final class TransportGuard implements Http1ConnectionListener {
  /**
   * Of a refused body so much is read on, since a client that is still sending may lose the answer
   * when the connection is reset.
   */
  static final int LINGER_BYTES = 1 << 20;

  /** And for so long. */
  static final Duration LINGER = Duration.ofSeconds(1);

  private final HttpSettings settings;
  private final Deadlines deadlines;
  private final RequestIds requestIds;

  TransportGuard(HttpSettings settings, Deadlines deadlines, RequestIds requestIds) {
    this.settings = settings;
    this.deadlines = deadlines;
    this.requestIds = requestIds;
  }

  @Override
  public void prologue(ConnectionContext context, HttpPrologue prologue) {
    deadlines.arm(settings.headerTimeout());
  }

  @Override
  public void headers(ConnectionContext context, Headers headers) {
    List<String> lengths = headers.all(HeaderNames.CONTENT_LENGTH, List::of);
    List<String> encodings = headers.all(HeaderNames.TRANSFER_ENCODING, List::of);
    Problem problem = framing(lengths, encodings);
    if (problem == null
        && !lengths.isEmpty()
        && Long.parseLong(lengths.getFirst()) > settings.maxRequestBody()) {
      problem = Problem.of(tooLarge(settings), "", requestIds.next());
    }
    if (problem != null) {
      boolean clientWaits = headers.contains(HeaderNames.EXPECT);
      turnDown(context, problem.answer(Map.of()), clientWaits);
    }
    if (lengths.isEmpty() && encodings.isEmpty()) {
      deadlines.disarm();
    } else {
      deadlines.arm(settings.bodyTimeout());
    }
  }

  /** Says that a body is too large, with the limit and its setting. */
  static Refusal tooLarge(HttpSettings settings) {
    return new Refusal(
        Refusal.Code.PAYLOAD_TOO_LARGE,
        "the body is larger than " + settings.maxRequestBody() + " bytes",
        "the limit is http.max_request_body; keep large data elsewhere and pass a reference to it");
  }

  private @Nullable Problem framing(List<String> lengths, List<String> encodings) {
    boolean chunked =
        encodings.size() == 1
            && encodings.getFirst().strip().toLowerCase(Locale.ROOT).equals("chunked");
    boolean isNumber = lengths.stream().allMatch(length -> length.matches("\\d{1,18}"));
    String fault = null;
    if (!encodings.isEmpty() && !chunked) {
      fault = "the only Transfer-Encoding understood here is chunked";
    } else if (chunked && !lengths.isEmpty()) {
      fault = "a request has either Content-Length or Transfer-Encoding";
    } else if (lengths.size() > 1 || !isNumber) {
      fault = "a request has one Content-Length, and it is a number";
    }
    return fault == null
        ? null
        : Problem.of(
            new HttpFault(HttpFault.Code.MALFORMED_HTTP, fault, null), "", requestIds.next());
  }

  /** Answers and ends the connection. */
  private void turnDown(ConnectionContext context, Answer.Whole answer, boolean clientWaits) {
    deadlines.arm(LINGER);
    try {
      context.dataWriter().writeNow(BufferData.create(bytes(answer)));
      if (!clientWaits) {
        linger(context.dataReader());
      }
    } catch (RuntimeException e) {
      throw new CloseConnectionException("The client is gone", e);
    } finally {
      deadlines.disarm();
    }
    throw new CloseConnectionException("A request was turned down: " + answer.status());
  }

  private static void linger(DataReader reader) {
    int read = 0;
    while (read < LINGER_BYTES) {
      reader.ensureAvailable();
      int available = reader.available();
      reader.skip(available);
      read += available;
    }
  }

  private static byte[] bytes(Answer.Whole answer) {
    StringBuilder head =
        new StringBuilder("HTTP/1.1 ").append(answer.status()).append(" Refused\r\n");
    head.append("Content-Type: ")
        .append(answer.contentType())
        .append("\r\nContent-Length: ")
        .append(answer.body().length);
    answer
        .headers()
        .forEach((name, value) -> head.append("\r\n").append(name).append(": ").append(value));
    byte[] start =
        head.append("\r\nConnection: close\r\n\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[start.length + answer.body().length];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(answer.body(), 0, all, start.length, answer.body().length);
    return all;
  }
}
