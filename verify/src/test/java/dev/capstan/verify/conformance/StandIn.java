package dev.capstan.verify.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/**
 * Every public host that the specification's examples name, on one port of loopback: {@code
 * https://host/path} is {@code /host/path} here. It answers what a play says, 404 to the rest, and
 * notes what it was asked.
 */
final class StandIn implements AutoCloseable {
  /** Where a definition says what it calls; other addresses in it are names. */
  private static final Pattern CALLED =
      Pattern.compile("(?m)^(\\s*(?:endpoint|uri|authority|call): .*?)https?://([^/\\s\"]+)");

  private final HttpServer server;
  private final String sockets;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<String> asked = new ArrayList<>();
  private final Map<String, Integer> turns = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> arrivals = new ConcurrentHashMap<>();
  private volatile JsonNode answers = JsonNodeFactory.instance.objectNode();

  /**
   * Opens it.
   *
   * @param sockets host and port of the server of WebSockets that documents name
   */
  StandIn(String sockets) throws IOException {
    this.sockets = sockets;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  String origin() {
    return "http://" + host();
  }

  private String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** The definition with what it calls on this server. */
  String localized(String definition) {
    return CALLED.matcher(definition).replaceAll("$1" + origin() + "/$2");
  }

  /** Forgets the last play and takes the answers of the next. */
  synchronized void play(JsonNode next) {
    asked.clear();
    turns.clear();
    arrivals.clear();
    answers = next;
  }

  /** What was asked, in this order: method, host and path, and the body if there was one. */
  synchronized List<String> asked() {
    return List.copyOf(asked);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String what =
        exchange.getRequestMethod() + " " + exchange.getRequestURI().toString().substring(1);
    String body =
        new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).strip();
    JsonNode answer;
    synchronized (this) {
      JsonNode list = answers.path(what);
      int turn = turns.merge(what, 1, Integer::sum) - 1;
      answer = list.isArray() ? list.path(Math.min(turn, list.size() - 1)) : list;
      if (!answer.has("kept")) {
        asked.add(body.startsWith("{") ? what + " " + body : what);
      }
    }
    arrival(what).countDown();
    if (answer.has("hangs")) {
      await(closing);
    }
    if (answer.has("after")) {
      await(arrival(answer.get("after").asText()));
    }
    send(exchange, answer);
  }

  private CountDownLatch arrival(String what) {
    return arrivals.computeIfAbsent(what, _ -> new CountDownLatch(1));
  }

  private static void await(CountDownLatch moment) {
    try {
      moment.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(HttpExchange exchange, JsonNode answer) throws IOException {
    int status = answer.isMissingNode() ? 404 : answer.path("status").asInt(200);
    String wanted = answer.path("authorization").asText("");
    String given = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    if (!wanted.isEmpty() && !wanted.equals(given)) {
      status = 401;
    }
    if (answer.has("location")) {
      exchange.getResponseHeaders().set("Location", filled(answer.get("location").asText()));
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    byte[] bytes = filled(answer.path("body").toString()).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String filled(String text) {
    return text.replace("{origin}", origin())
        .replace("{host}", host())
        .replace("{sockets}", sockets);
  }

  @Override
  public void close() {
    closing.countDown();
    arrivals.values().forEach(CountDownLatch::countDown);
    server.stop(0);
    threads.close();
  }
}
