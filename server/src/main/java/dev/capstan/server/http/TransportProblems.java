package dev.capstan.server.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import java.util.Map;

/**
 * Problem documents for what is not even a request: a first line, headers or framing that can't be
 * read.
 */
final class TransportProblems implements DirectHandler {
  private final RequestIds ids;

  private TransportProblems(RequestIds ids) {
    this.ids = ids;
  }

  static DirectHandlers handlers(RequestIds ids) {
    DirectHandlers.Builder builder = DirectHandlers.builder();
    TransportProblems problems = new TransportProblems(ids);
    for (EventType type : EventType.values()) {
      builder.addHandler(type, problems);
    }
    return builder.build();
  }

  @Override
  public TransportResponse handle(
      TransportRequest request,
      EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    boolean headersTooLarge =
        status.code() == 431 || (status.code() == 400 && tellsOfSize(message));
    HttpFault fault =
        headersTooLarge
            ? new HttpFault(
                HttpFault.Code.HEADERS_TOO_LARGE,
                "the request line or the headers are too large",
                "at most 8 KiB and 16 KiB")
            : new HttpFault(
                HttpFault.Code.MALFORMED_HTTP,
                "the request is not HTTP/1.1 as RFC 9112 has it",
                null);
    Answer.Whole answer = Problem.of(fault, "", ids.next()).answer(Map.of());
    headers.set(HeaderValues.create(HeaderNames.CONTENT_TYPE, answer.contentType()));
    return TransportResponse.builder()
        .status(Status.create(answer.status()))
        .headers(headers)
        .entity(answer.body())
        .keepAlive(false)
        .build();
  }

  private static boolean tellsOfSize(String message) {
    return message != null && message.contains("exceed");
  }
}
