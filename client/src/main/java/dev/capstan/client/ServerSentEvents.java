package dev.capstan.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads server-sent events (HTML standard, section 9.2). For one thread. */
final class ServerSentEvents implements AutoCloseable {
  private final BufferedReader in;
  private final Consumer<String> comments;
  private @Nullable String lastId;

  ServerSentEvents(InputStream in) {
    this(in, _ -> {});
  }

  /** With somebody who hears the comments, as they pass. */
  ServerSentEvents(InputStream in, Consumer<String> comments) {
    this.comments = comments;
    this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  /** An event; {@code id} is that of the latest event that had one. */
  record Event(String type, String data, @Nullable String id) {}

  /** The next event, null at the end of the stream. Events without data are skipped. */
  @Nullable Event next() throws IOException {
    String type = "message";
    StringBuilder data = new StringBuilder();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.isEmpty()) {
        if (!data.isEmpty()) {
          return new Event(type, data.substring(0, data.length() - 1), lastId);
        }
        type = "message";
        continue;
      }
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      String value =
          colon < 0 ? "" : line.substring(line.startsWith(": ", colon) ? colon + 2 : colon + 1);
      switch (field) {
        case "event" -> type = value;
        case "data" -> data.append(value).append('\n');
        case "id" -> lastId = value;
        case "" -> comments.accept(value);
        default -> {
          // A field that clients must ignore.
        }
      }
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
