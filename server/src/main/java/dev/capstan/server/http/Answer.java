package dev.capstan.server.http;

import dev.capstan.server.http.json.JsonText;
import dev.capstan.server.http.json.RecordWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What goes back to a client. */
sealed interface Answer {
  int status();

  Map<String, String> headers();

  /** All at once. Never compared, so that the array may be one. */
  @SuppressWarnings("ArrayRecordComponent")
  record Whole(int status, String contentType, byte[] body, Map<String, String> headers)
      implements Answer {
    /** The same with one more header. */
    Whole with(String name, String value) {
      Map<String, String> more = new LinkedHashMap<>(headers);
      more.put(name, value);
      return new Whole(status, contentType, body, more);
    }

    /** The same, saying which log index it includes. */
    Whole asOf(long revision) {
      return with("Capstan-Index", Long.toString(revision));
    }
  }

  /** Server-sent events, for as long as there are some. */
  record Stream(EventSource source, Map<String, String> headers) implements Answer {
    @Override
    public int status() {
      return 200;
    }
  }

  /** What another coordinator sends, handed on as it comes; closed with the answer. */
  record Piped(int status, String contentType, InputStream body, Map<String, String> headers)
      implements Answer {}

  /** Writes a stream; runs on the request's thread until it returns. */
  interface EventSource {
    void writeTo(EventWriter writer) throws IOException, InterruptedException;
  }

  static Whole json(int status, Record body) {
    return new Whole(
        status, "application/json", JsonText.write(RecordWriter.write(body)), Map.of());
  }

  static Whole text(int status, String contentType, String body) {
    return new Whole(status, contentType, body.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  static Whole empty(int status) {
    return new Whole(status, "", new byte[0], Map.of());
  }
}
