package dev.capstan.worker;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A registry that gives out one image, whatever it is asked for: the reading half of the
 * distribution protocol, from a directory that an engine has saved an image to. Listens on
 * loopback.
 */
final class ImageRegistry implements AutoCloseable {

  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int NOT_FOUND = 404;

  private final HttpServer server;
  private final Path image;
  private final AtomicInteger asked = new AtomicInteger();
  private volatile String required = "";

  private ImageRegistry(HttpServer server, Path image) {
    this.server = server;
    this.image = image;
  }

  static ImageRegistry start(Path image) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    ImageRegistry registry = new ImageRegistry(server, image);
    server.createContext("/v2/", registry::answer);
    server.start();
    return registry;
  }

  /** Stands before the names of its images. */
  String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** How often somebody wanted to know what an image is made of. */
  int asked() {
    return asked.get();
  }

  /** From now on it gives to this user only, by basic authentication. */
  void require(String user, String password) {
    String pair = user + ":" + password;
    required = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /** Gives to everybody again. */
  void open() {
    required = "";
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      if (!required.isEmpty() && !required.equals(authorization)) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"images\"");
        exchange.sendResponseHeaders(UNAUTHORIZED, -1);
        return;
      }
      String path = exchange.getRequestURI().getPath();
      String last = path.substring(path.lastIndexOf('/') + 1);
      Path file = image.resolve(last.startsWith("sha256:") ? last.substring(7) : "manifest.json");
      if (path.equals("/v2/")) {
        exchange.sendResponseHeaders(OK, -1);
      } else if (path.endsWith("/tags/list") || !Files.exists(file)) {
        exchange.sendResponseHeaders(NOT_FOUND, -1);
      } else {
        give(exchange, path.contains("/manifests/"), Files.readAllBytes(file));
      }
    }
  }

  private void give(HttpExchange exchange, boolean isManifest, byte[] bytes) throws IOException {
    if (isManifest) {
      asked.incrementAndGet();
      exchange
          .getResponseHeaders()
          .set("Content-Type", Json.read(bytes).path("mediaType").asText());
    }
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(OK, isHead ? -1 : bytes.length);
    if (!isHead) {
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
