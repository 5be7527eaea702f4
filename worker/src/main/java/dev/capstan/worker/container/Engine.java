package dev.capstan.worker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An engine that speaks the Docker Engine API on a socket of this machine. Only what Docker and
 * Podman do alike is used. Safe for concurrent use; an interrupt ends a call with an {@link
 * IOException}. What the engine refuses is an {@link EngineRefusal}.
 */
final class Engine {

  private static final int NOT_MODIFIED = 304;
  private static final int NOT_FOUND = 404;
  private static final int FIRST_REFUSAL = 400;
  private static final int ANSWER_BYTES = 16 * 1024 * 1024;

  /** Longer than an engine that works takes for anything but pulling and waiting. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final Duration PING_PATIENCE = Duration.ofSeconds(3);

  private final Path socket;
  private final String version;

  private Engine(Path socket, String version) {
    this.socket = socket;
    this.version = version;
  }

  /**
   * The engine that listens on the socket.
   *
   * @throws IOException when there is none, or it may not be used
   */
  static Engine at(Path socket) throws IOException {
    try (Exchange exchange = Exchange.open(socket)) {
      within(
          PING_PATIENCE,
          exchange,
          () -> {
            exchange.send("GET", "/_ping", new byte[0]);
            return refuse(exchange);
          });
      // The engine's own version is the one that it surely speaks.
      String version = exchange.header("api-version");
      if (!version.matches("[0-9]{1,3}\\.[0-9]{1,3}")) {
        throw new IOException("What listens on " + socket + " is no container engine");
      }
      return new Engine(socket, version);
    }
  }

  Path socket() {
    return socket;
  }

  /** Whether the image is here, and what it says of itself. */
  Optional<JsonNode> image(String name) throws IOException {
    try {
      return Optional.of(ask("GET", "/images/" + name + "/json", null));
    } catch (EngineRefusal e) {
      if (e.status() == NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Fetches an image; tells of each step.
   *
   * @param login what proves to the registry who asks, in Base64; empty for what the engine knows
   */
  void pull(String name, String login, Consumer<String> steps) throws IOException {
    try (Exchange exchange = Exchange.open(socket)) {
      exchange.send(
          "POST",
          path("/images/create?fromImage=" + encoded(name)),
          login.isEmpty() ? "" : "X-Registry-Auth: " + login + "\r\n",
          new byte[0]);
      refuse(exchange);
      try (MappingIterator<JsonNode> progress = Json.documents(exchange.body())) {
        while (progress.hasNextValue()) {
          JsonNode step = progress.nextValue();
          if (step.hasNonNull("error")) {
            throw new EngineRefusal(NOT_FOUND, step.get("error").asText());
          }
          if (step.hasNonNull("status")) {
            steps.accept(step.get("status").asText());
          }
        }
      }
    }
  }

  /** Makes a container and gives its id. */
  String create(String name, ObjectNode container) throws IOException {
    JsonNode made = ask("POST", "/containers/create?name=" + encoded(name), container);
    String id = made.path("Id").asText();
    if (id.isEmpty()) {
      throw new IOException("The engine made a container without an id");
    }
    return id;
  }

  void start(String id) throws IOException {
    ask("POST", "/containers/" + id + "/start", null);
  }

  /** The streams of a container, before it is started. */
  Exchange attach(String id, boolean stdin) throws IOException {
    Exchange exchange = Exchange.open(socket);
    try {
      String streams = "stream=1&stdout=1&stderr=1" + (stdin ? "&stdin=1" : "");
      return within(
          PATIENCE,
          exchange,
          () -> {
            exchange.upgrade(path("/containers/" + id + "/attach?" + streams));
            return refuse(exchange);
          });
    } catch (IOException | RuntimeException e) {
      exchange.close();
      throw e;
    }
  }

  /** Reads what a container has written since it began. */
  void log(String id, Frames.Sink sink) throws IOException {
    try (Exchange exchange = Exchange.open(socket)) {
      var _ =
          within(
              PATIENCE,
              exchange,
              () -> {
                String query = "/logs?stdout=1&stderr=1";
                exchange.send("GET", path("/containers/" + id + query), new byte[0]);
                Frames.read(refuse(exchange).body(), sink);
                return exchange;
              });
    }
  }

  /** Waits for the end of a container that was started; its exit code. */
  int exitCode(String id) throws IOException {
    try (Exchange exchange = Exchange.open(socket)) {
      exchange.send("POST", path("/containers/" + id + "/wait"), new byte[0]);
      refuse(exchange);
      JsonNode code = answer(exchange).path("StatusCode");
      if (!code.isInt()) {
        throw new IOException("The engine does not say how the container has ended");
      }
      return code.intValue();
    }
  }

  /** Asks the container to end, and kills it when it has not after {@code grace}. */
  void stop(String id, Duration grace) throws IOException {
    long seconds = grace.plusMillis(999).toSeconds();
    ask("POST", "/containers/" + id + "/stop?t=" + seconds, null);
  }

  void kill(String id) throws IOException {
    ask("POST", "/containers/" + id + "/kill", null);
  }

  /** Removes a container whatever it does, with its unnamed volumes. One that is gone is fine. */
  void remove(String id) throws IOException {
    try {
      ask("DELETE", "/containers/" + id + "?force=true&v=true", null);
    } catch (EngineRefusal e) {
      if (e.status() != NOT_FOUND) {
        throw e;
      }
    }
  }

  /** What the engine knows of a container; nothing when it is gone. */
  Optional<JsonNode> inspect(String idOrName) throws IOException {
    try {
      return Optional.of(ask("GET", "/containers/" + idOrName + "/json", null));
    } catch (EngineRefusal e) {
      if (e.status() == NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** All containers with this label, running or not: their ids and labels. */
  List<JsonNode> labelled(String label, String value) throws IOException {
    ObjectNode filters = Json.object();
    filters.putArray("label").add(label + "=" + value);
    String query = encoded(new String(Json.write(filters), StandardCharsets.UTF_8));
    List<JsonNode> containers = new ArrayList<>();
    ask("GET", "/containers/json?all=true&filters=" + query, null).forEach(containers::add);
    return containers;
  }

  private JsonNode ask(String method, String target, @Nullable ObjectNode body) throws IOException {
    try (Exchange exchange = Exchange.open(socket)) {
      return within(
          PATIENCE,
          exchange,
          () -> {
            exchange.send(method, path(target), body == null ? new byte[0] : Json.write(body));
            refuse(exchange);
            return answer(exchange);
          });
    }
  }

  private interface Work<T> {
    T done() throws IOException;
  }

  /** An engine that hangs would hold its caller for ever: a socket has no time limit of its own. */
  private static <T> T within(Duration patience, Exchange exchange, Work<T> work)
      throws IOException {
    CountDownLatch done = new CountDownLatch(1);
    Thread watch =
        Thread.ofVirtual()
            .name("capstan-engine-patience")
            .start(() -> {
              try {
                if (!done.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                  exchange.close();
                }
              } catch (InterruptedException | IOException ended) {
                Thread.currentThread().interrupt();
              }
            });
    try {
      return work.done();
    } catch (ClosedByInterruptException cancelled) {
      throw cancelled;
    } catch (AsynchronousCloseException tooLate) {
      throw new IOException("The engine did not answer within " + patience, tooLate);
    } finally {
      done.countDown();
      watch.interrupt();
    }
  }

  private String path(String target) {
    return "/v" + version + target;
  }

  private static Exchange refuse(Exchange exchange) throws IOException {
    if (exchange.status() < FIRST_REFUSAL) {
      return exchange;
    }
    byte[] text = body(exchange);
    String message;
    try {
      message = Json.read(text).path("message").asText();
    } catch (IOException notJson) {
      message = new String(text, StandardCharsets.UTF_8);
    }
    throw new EngineRefusal(exchange.status(), message.strip());
  }

  private static JsonNode answer(Exchange exchange) throws IOException {
    boolean silent = exchange.status() == 204 || exchange.status() == NOT_MODIFIED;
    return Json.read(silent ? new byte[0] : body(exchange));
  }

  private static byte[] body(Exchange exchange) throws IOException {
    InputStream in = exchange.body();
    byte[] bytes = in.readNBytes(ANSWER_BYTES);
    if (bytes.length == ANSWER_BYTES) {
      throw new IOException("The engine's answer is larger than " + ANSWER_BYTES + " bytes");
    }
    return bytes;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
