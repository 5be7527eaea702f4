package dev.capstan.server.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A receiver of cloud events over HTTP, on loopback. */
final class Receiver implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final JsonMapper mapper = new JsonMapper();
  private final List<JsonNode> taken = new ArrayList<>();
  private final List<JsonNode> turnedDown = new ArrayList<>();
  private final List<String> headers = new ArrayList<>();
  private final Queue<Integer> answers = new ArrayDeque<>();
  private @Nullable CountDownLatch held;
  private int requests;

  Receiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/events", this::take);
    server.setExecutor(threads);
    server.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/events");
  }

  /** The next requests get these answers, the others 204. */
  synchronized void answer(int... statuses) {
    for (int status : statuses) {
      answers.add(status);
    }
  }

  /** Requests get no answer until the latch is down. */
  synchronized void hold(CountDownLatch latch) {
    held = latch;
  }

  private void take(HttpExchange exchange) throws IOException {
    JsonNode body = mapper.readTree(exchange.getRequestBody());
    CountDownLatch latch;
    synchronized (this) {
      requests++;
      latch = held;
    }
    if (latch != null) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    synchronized (this) {
      Integer status = answers.poll();
      List<JsonNode> into = status == null ? taken : turnedDown;
      if (body.isArray()) {
        body.forEach(into::add);
      } else {
        into.add(body);
      }
      String key = exchange.getRequestHeaders().getFirst("X-Api-Key");
      headers.add(
          exchange.getRequestHeaders().getFirst("Content-Type")
              + " "
              + exchange.getRequestHeaders().getFirst("Authorization")
              + (key == null ? "" : ", key " + key));
      exchange.sendResponseHeaders(status == null ? 204 : status, -1);
    }
    exchange.close();
  }

  synchronized List<JsonNode> taken() {
    return List.copyOf(taken);
  }

  synchronized List<JsonNode> turnedDown() {
    return List.copyOf(turnedDown);
  }

  synchronized List<String> headers() {
    return List.copyOf(headers);
  }

  synchronized int requests() {
    return requests;
  }

  /** What it has taken of an execution, in the order of arrival. */
  List<JsonNode> of(String execution) {
    return taken().stream()
        .filter(event -> event.path("subject").asText().equals(execution))
        .toList();
  }

  /** The types of what it has taken of an execution, in short. */
  List<String> types(String execution) {
    return of(execution).stream()
        .map(event ->
            event
                .path("type")
                .asText()
                .replaceFirst("^io\\.serverlessworkflow\\.", "")
                .replaceFirst("\\.v1$", ""))
        .toList();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
