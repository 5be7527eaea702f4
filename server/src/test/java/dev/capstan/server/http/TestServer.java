package dev.capstan.server.http;

import static dev.capstan.server.Patience.PATIENCE;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.server.gateway.MemoryGateway;
import dev.capstan.server.metrics.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** A listener on a free port before a gateway in memory, and a client for it. */
final class TestServer implements AutoCloseable {
  static final String DEFINITION =
      """
      document:
        dsl: '1.0.3'
        namespace: shop
        name: order
        version: '1.0.0'
      do:
        - build:
            set: {}
      """;

  private static final JsonMapper MAPPER = new JsonMapper();

  final MemoryGateway gateway = new MemoryGateway();
  final Metrics metrics = new Metrics("test");
  final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  TestServer() {
    this(settings -> settings);
  }

  TestServer(UnaryOperator<HttpSettings> change) {
    HttpSettings settings = change.apply(HttpSettings.ofDefaults("127.0.0.1", 0));
    server = HttpServer.start(settings, gateway, HttpSecurity.LOOPBACK, metrics);
  }

  /** One of several coordinators. */
  TestServer(LeaderLocator leader) {
    this(Destinations.one(leader));
  }

  /** One of several coordinators of a cluster with several partitions. */
  TestServer(Destinations destinations) {
    HttpSettings settings = HttpSettings.ofDefaults("127.0.0.1", 0);
    server =
        HttpServer.start(settings, gateway, HttpSecurity.LOOPBACK, metrics, destinations, "c1");
  }

  /** The defaults, changed where tests need bounds that are soon reached. */
  static HttpSettings bounds(
      HttpSettings s, int body, int requests, int watchers, Duration slow, Duration heartbeat) {
    return new HttpSettings(
        s.host(),
        s.port(),
        body,
        requests,
        watchers,
        s.maxConnections(),
        slow,
        slow,
        slow,
        s.idleTimeout(),
        s.requestTimeout(),
        s.maxWait(),
        heartbeat);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri().resolve(path)).timeout(PATIENCE);
  }

  HttpResponse<String> send(HttpRequest request) {
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError("No answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted", e);
    }
  }

  HttpClient client() {
    return client;
  }

  HttpResponse<String> get(String path) {
    return send(request(path).build());
  }

  /** With one more header; the body as it came. */
  HttpResponse<byte[]> bytes(String path, String header, String value) {
    return client
        .sendAsync(request(path).header(header, value).build(), BodyHandlers.ofByteArray())
        .join();
  }

  /** Any method, without a body. */
  HttpResponse<String> call(String method, String path) {
    return send(request(path).method(method, BodyPublishers.noBody()).build());
  }

  HttpResponse<String> post(String path, String json) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json))
            .build());
  }

  void deploy() {
    send(
        request("/v1/definitions")
            .header("Content-Type", "application/yaml")
            .POST(BodyPublishers.ofString(DEFINITION))
            .build());
  }

  /** Deploys and starts; answers the execution's id. */
  String start() {
    deploy();
    HttpResponse<String> response =
        post(
            "/v1/executions",
            "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"},\"input\":{\"a\":1}}");
    return json(response).get("id").textValue();
  }

  /** Opens a connection, sends bytes as they are, and leaves the rest to the test. */
  Socket raw(String text) {
    try {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return socket;
    } catch (IOException e) {
      throw new AssertionError("No connection", e);
    }
  }

  /** Sends bytes as they are and answers all that comes back until the server closes. */
  String exchange(String text) {
    try (Socket socket = raw(text)) {
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError("No answer", e);
    }
  }

  static JsonNode json(HttpResponse<String> response) {
    return json(response.body());
  }

  static JsonNode json(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError("Not JSON: " + text, e);
    }
  }

  @Override
  public void close() {
    client.close();
    server.close();
    metrics.close();
  }
}
