package dev.capstan.server.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads server-sent events as they come. */
final class EventStream implements AutoCloseable {
  final HttpResponse<InputStream> response;
  private final BufferedReader reader;

  private EventStream(HttpResponse<InputStream> response) {
    this.response = response;
    this.reader =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  static EventStream open(TestServer server, String path, @Nullable String lastEventId) {
    HttpRequest.Builder request = server.request(path).header("Accept", "text/event-stream");
    if (lastEventId != null) {
      request.header("Last-Event-ID", lastEventId);
    }
    try {
      return new EventStream(server.client().send(request.build(), BodyHandlers.ofInputStream()));
    } catch (IOException e) {
      throw new AssertionError("No stream", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted", e);
    }
  }

  /** The next block of lines, such as an event or a comment; null at the end. */
  @Nullable Block next() {
    List<String> lines = new ArrayList<>();
    try {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.isEmpty()) {
          return new Block(lines);
        }
        lines.add(line);
      }
    } catch (IOException e) {
      throw new AssertionError("The stream broke", e);
    }
    return null;
  }

  /** The next event of a type; others are passed over. */
  Block next(String type) {
    for (Block block = next(); block != null; block = next()) {
      if (type.equals(block.field("event"))) {
        return block;
      }
    }
    throw new AssertionError("The stream ended without " + type);
  }

  /** All events to the end. */
  List<Block> rest() {
    List<Block> blocks = new ArrayList<>();
    for (Block block = next(); block != null; block = next()) {
      if (block.field("event") != null) {
        blocks.add(block);
      }
    }
    return blocks;
  }

  @Override
  public void close() throws IOException {
    response.body().close();
  }

  /** Lines up to an empty one. */
  record Block(List<String> lines) {
    @Nullable String field(String name) {
      for (String line : lines) {
        if (line.startsWith(name + ": ")) {
          return line.substring(name.length() + 2);
        }
      }
      return null;
    }

    boolean isComment() {
      return lines.getFirst().startsWith(":");
    }
  }
}
