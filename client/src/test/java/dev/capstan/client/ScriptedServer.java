package dev.capstan.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/**
 * A server that gives the answers of a script, one after another, and remembers what it was asked.
 * How it is, clients ask when they like, and more often on a busy machine: that has answers of its
 * own, and does not count.
 */
final class ScriptedServer implements AutoCloseable {
  private final HttpServer server;
  private final ConcurrentLinkedQueue<Reply> script = new ConcurrentLinkedQueue<>();
  private final Deque<Reply> conditions = new ArrayDeque<>();
  private final List<Asked> asked = new CopyOnWriteArrayList<>();

  ScriptedServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  record Reply(int status, String type, String body, Map<String, String> headers) {}

  record Asked(String method, String path, Map<String, String> headers, String body) {}

  ScriptedServer then(int status, String body) {
    String type = status / 100 == 2 ? "application/json" : "application/problem+json";
    script.add(new Reply(status, type, body, Map.of()));
    return this;
  }

  ScriptedServer then(int status, String body, Map<String, String> headers) {
    script.add(new Reply(status, "application/json", body, headers));
    return this;
  }

  ScriptedServer thenStream(String body) {
    script.add(new Reply(200, "text/event-stream", body, Map.of()));
    return this;
  }

  /**
   * How it is, for who asks next, and for ever if nothing else comes after it. Before the first it
   * is not ready.
   */
  ScriptedServer thenIs(int status, Map<String, String> headers) {
    synchronized (conditions) {
      conditions.add(new Reply(status, "application/json", "{}", headers));
    }
    return this;
  }

  private Reply condition() {
    synchronized (conditions) {
      Reply present = conditions.size() > 1 ? conditions.remove() : conditions.peek();
      return present == null ? new Reply(503, "application/json", "{}", Map.of()) : present;
    }
  }

  /** All but how it is. */
  List<Asked> asked() {
    return asked;
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String path = exchange.getRequestURI().toString();
      Reply reply;
      if (path.equals("/readyz")) {
        reply = condition();
      } else {
        asked.add(new Asked(exchange.getRequestMethod(), path, headers, body));
        reply = script.poll();
      }
      if (reply == null) {
        reply = new Reply(500, "text/plain", "nothing is left in the script", Map.of());
      }
      exchange.getResponseHeaders().set("Content-Type", reply.type());
      reply.headers().forEach(exchange.getResponseHeaders()::set);
      byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.status(), bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
