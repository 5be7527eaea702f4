package dev.capstan.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import java.io.IOException;
import java.net.BindException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Serves a {@link Shop} over HTTP on loopback, with failures by {@link Chance}. */
final class DemoService implements AutoCloseable {
  private static final String NAME = "capstan-demo";
  private static final int LARGEST_BODY = 1 << 20;
  private static final long STANDBY_MILLIS = 300;
  private static final int PROBE_MILLIS = 1000;

  private final HttpServer server;
  private final Shop shop = new Shop();
  private final Chance chance;
  private final Consumer<String> log;
  private final ConcurrentHashMap<String, Shop.Reply> answered = new ConcurrentHashMap<>();

  private DemoService(HttpServer server, Chance chance, Consumer<String> log) {
    this.server = server;
    this.chance = chance;
    this.log = log;
  }

  /**
   * Starts the service; null when another demo service has the port.
   *
   * @param log takes a line for each request
   * @throws CliFailure when something else has the port
   */
  static @Nullable DemoService start(int port, Chance chance, Consumer<String> log)
      throws IOException {
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (BindException e) {
      if (isDemoService(port)) {
        return null;
      }
      throw new CliFailure(
          ExitCode.CONFLICT,
          null,
          "port " + port + " is taken by something else",
          "choose another one with --port");
    }
    DemoService service = new DemoService(server, chance, log);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", service::answer);
    server.start();
    return service;
  }

  /** Waits until the demo service that has the port is gone. */
  static void awaitPort(int port) throws InterruptedException {
    while (isDemoService(port)) {
      Thread.sleep(STANDBY_MILLIS);
    }
  }

  private static boolean isDemoService(int port) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/health").toURL().openConnection();
      connection.setConnectTimeout(PROBE_MILLIS);
      connection.setReadTimeout(PROBE_MILLIS);
      try (var in = connection.getInputStream()) {
        return new String(in.readNBytes(1000), StandardCharsets.UTF_8).contains(NAME);
      }
    } catch (IOException e) {
      return false;
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      String path = exchange.getRequestURI().getPath();
      Shop.Reply reply = path.equals("/health") ? health() : work(exchange, method, path);
      if (!path.equals("/health")) {
        log.accept(method + " " + path + " " + reply.status());
      }
      byte[] body = reply.body().toString().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(reply.status(), body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Shop.Reply health() {
    return new Shop.Reply(200, JsonNodeFactory.instance.objectNode().put("service", NAME));
  }

  private Shop.Reply work(HttpExchange exchange, String method, String path)
      throws IOException, InterruptedException {
    String text =
        new String(exchange.getRequestBody().readNBytes(LARGEST_BODY), StandardCharsets.UTF_8);
    String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
    String request = method + " " + path + " " + text;
    Thread.sleep(chance.delayMillis(request));
    if (chance.fails(request)) {
      return Shop.problem(503, "out of order for a moment");
    }
    if (key == null) {
      return carryOut(method, path, text);
    }
    return answered.computeIfAbsent(key + " " + request, _ -> carryOut(method, path, text));
  }

  private Shop.Reply carryOut(String method, String path, String text) {
    JsonNode body;
    try {
      body =
          text.isBlank() ? JsonNodeFactory.instance.objectNode() : JsonText.parse(text, "the body");
    } catch (CliFailure e) {
      return Shop.problem(400, String.valueOf(e.getMessage()));
    }
    List<String> segments =
        Stream.of(path.split("/")).filter(segment -> !segment.isEmpty()).toList();
    return shop.handle(method, segments, body);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
