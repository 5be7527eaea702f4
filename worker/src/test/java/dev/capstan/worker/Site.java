package dev.capstan.worker;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An HTTP server on loopback that remembers what it was asked. */
final class Site implements AutoCloseable {

  /** Answers one path. */
  interface Page {
    void answer(HttpExchange exchange) throws IOException;
  }

  /** Answers one path by what was asked, which is not the newest for long. */
  interface Answer {
    void to(Seen seen, HttpExchange exchange) throws IOException;
  }

  /** What was asked. */
  record Seen(String method, URI uri, Headers headers, String body) {

    String header(String name) {
      List<String> values = headers.get(name);
      return values == null ? "" : String.join(", ", values);
    }
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();

  Site() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  int port() {
    return server.getAddress().getPort();
  }

  Site page(String path, Page page) {
    return page(path, (_, exchange) -> page.answer(exchange));
  }

  Site page(String path, Answer answer) {
    server.createContext(
        path,
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          Seen asked =
              new Seen(
                  exchange.getRequestMethod(),
                  exchange.getRequestURI(),
                  exchange.getRequestHeaders(),
                  body);
          seen.add(asked);
          try (exchange) {
            answer.to(asked, exchange);
          }
        });
    return this;
  }

  Site page(String path, int status, String type, String content) {
    return page(
        path, exchange -> answer(exchange, status, type, content.getBytes(StandardCharsets.UTF_8)));
  }

  static void answer(HttpExchange exchange, int status, String type, byte[] content)
      throws IOException {
    if (!type.isEmpty()) {
      exchange.getResponseHeaders().set("Content-Type", type);
    }
    exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
    exchange.getResponseBody().write(content);
  }

  /** All requests so far. */
  List<Seen> seen() {
    return seen;
  }

  /** The newest request. */
  Seen last() {
    return seen.getLast();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
