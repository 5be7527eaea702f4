package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.http.json.JsonText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Server-sent events (HTML standard, section 9.2) on one response. For one thread. A client that
 * takes a write for longer than it may loses its connection.
 */
final class EventWriter {
  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

  private final OutputStream out;
  private final Deadlines deadlines;
  private final Duration writeTimeout;

  EventWriter(OutputStream out, Deadlines deadlines, Duration writeTimeout) {
    this.out = out;
    this.deadlines = deadlines;
    this.writeTimeout = writeTimeout;
  }

  /** An event that a client resumes after: {@code index} becomes its Last-Event-ID. */
  void event(long index, String type, JsonNode data) throws IOException {
    write("id: " + index + "\nevent: " + type + "\n", data);
  }

  /** An event that leaves the client's place as it is. */
  void event(String type, JsonNode data) throws IOException {
    write("event: " + type + "\n", data);
  }

  /** Something clients ignore, to find out whether they are there. */
  void comment(String text) throws IOException {
    out.write((": " + text + "\n\n").getBytes(StandardCharsets.UTF_8));
    flush();
  }

  /** How long clients are to wait before they connect again. */
  void retryAfter(Duration wait) throws IOException {
    out.write(("retry: " + wait.toMillis() + "\n\n").getBytes(StandardCharsets.US_ASCII));
    flush();
  }

  /** Sends what was written. */
  void flush() throws IOException {
    try (Deadlines.Armed _ = deadlines.arm(writeTimeout)) {
      out.flush();
    }
  }

  private void write(String head, JsonNode data) throws IOException {
    try (Deadlines.Armed _ = deadlines.arm(writeTimeout)) {
      out.write(head.getBytes(StandardCharsets.UTF_8));
      out.write(DATA);
      out.write(JsonText.write(data));
      out.write(END);
    }
  }
}
