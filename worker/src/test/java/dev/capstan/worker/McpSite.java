package dev.capstan.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An MCP server on loopback, at {@code /mcp}: keeps one session, insists on it, and answers the
 * method as the test says.
 */
final class McpSite implements AutoCloseable {

  /** Answers the method that was called. */
  interface Method {
    void answer(HttpExchange exchange, JsonNode request) throws IOException;
  }

  static final String SESSION = "s-1868a90c";

  private final Site site = new Site();
  private volatile Method method = (exchange, request) -> json(exchange, result(request, "{}"));
  private volatile String version = "2025-06-18";

  McpSite() throws IOException {
    site.page("/mcp", this::answer);
  }

  String url() {
    return site.url("/mcp");
  }

  Site site() {
    return site;
  }

  void answering(Method value) {
    method = value;
  }

  void answering(String result) {
    method = (exchange, request) -> json(exchange, result(request, result));
  }

  /** Speaks another version of the protocol. */
  void speaking(String value) {
    version = value;
  }

  /** What was said, oldest first: methods of messages, and of HTTP where there is no message. */
  List<String> said() {
    return site.seen().stream()
        .map(seen -> seen.body().isEmpty() ? seen.method() : message(seen).path("method").asText())
        .toList();
  }

  /** The request with a message of this method. */
  Site.Seen seen(String said) {
    return site.seen().stream()
        .filter(seen -> !seen.body().isEmpty())
        .filter(seen -> message(seen).path("method").asText().equals(said))
        .findFirst()
        .orElseThrow();
  }

  static JsonNode message(Site.Seen seen) {
    return parsed(seen.body());
  }

  static JsonNode parsed(String text) {
    try {
      return Json.read(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void answer(Site.Seen seen, HttpExchange exchange) throws IOException {
    @Nullable String session = exchange.getRequestHeaders().getFirst("Mcp-Session-Id");
    JsonNode request = exchange.getRequestMethod().equals("POST") ? message(seen) : Json.object();
    String called = request.path("method").asText();
    if (called.equals("initialize")) {
      exchange.getResponseHeaders().set("Mcp-Session-Id", SESSION);
      json(exchange, result(request, "{\"protocolVersion\":\"%s\"}".formatted(version)));
    } else if (!SESSION.equals(session)) {
      Site.answer(exchange, 400, "text/plain", bytes("No session"));
    } else if (exchange.getRequestMethod().equals("DELETE")) {
      Site.answer(exchange, 204, "", new byte[0]);
    } else if (called.isEmpty() || called.startsWith("notifications/")) {
      Site.answer(exchange, 202, "", new byte[0]);
    } else {
      method.answer(exchange, request);
    }
  }

  static String result(JsonNode request, String result) {
    ObjectNode response = Json.object().put("jsonrpc", "2.0");
    response.set("id", request.path("id"));
    response.set("result", parsed(result));
    return response.toString();
  }

  static String error(JsonNode request, String error) {
    ObjectNode response = Json.object().put("jsonrpc", "2.0");
    response.set("id", request.path("id"));
    response.set("error", parsed(error));
    return response.toString();
  }

  static void json(HttpExchange exchange, String content) throws IOException {
    Site.answer(exchange, 200, "application/json", bytes(content));
  }

  /** Answers with events, and leaves the stream open. */
  static void events(HttpExchange exchange, String... messages) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
    exchange.sendResponseHeaders(200, 0);
    for (String message : messages) {
      exchange.getResponseBody().write(bytes("event: message\nid: 1\ndata: " + message + "\n\n"));
      exchange.getResponseBody().flush();
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    site.close();
  }
}
