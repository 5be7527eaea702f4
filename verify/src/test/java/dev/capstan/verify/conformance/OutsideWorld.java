package dev.capstan.verify.conformance;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The public services that the kit calls, on loopback: a pet shop with its OpenAPI document, and a
 * server that wants a password.
 */
final class OutsideWorld implements AutoCloseable {
  private final HttpServer server;

  OutsideWorld() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v2/swagger.json", exchange -> answer(exchange, 200, swagger()));
    server.createContext(
        "/v2/pet/findByStatus",
        exchange -> answer(exchange, 200, "[" + pet(1) + "," + pet(2) + "]"));
    server.createContext(
        "/v2/pet/getPetByName/",
        exchange -> answer(exchange, 404, "{\"message\":\"Pet not found\"}"));
    server.createContext("/v2/pet/1", exchange -> answer(exchange, 200, pet(1)));
    server.createContext("/v2/pet/2", exchange -> answer(exchange, 200, pet(2)));
    server.createContext("/basic-auth/", OutsideWorld::authenticate);
    server.start();
  }

  /** The text with the kit's two public origins replaced by this server's. */
  String localized(String text) {
    String origin = "http://127.0.0.1:" + server.getAddress().getPort();
    return text.replace("https://petstore.swagger.io", origin)
        .replace("https://httpbin.org", origin);
  }

  private static String pet(int id) {
    return "{\"id\":%d,\"name\":\"pet-%d\",\"status\":\"available\"}".formatted(id, id);
  }

  private String swagger() {
    return """
    {"swagger":"2.0","info":{"title":"Petstore","version":"1.0"},"host":"127.0.0.1:%d","basePath":"/v2","schemes":["http"],
     "paths":{
      "/pet/findByStatus":{"get":{"operationId":"findPetsByStatus","produces":["application/json"],
        "parameters":[{"name":"status","in":"query","required":true,"type":"array","items":{"type":"string"},"collectionFormat":"multi"}],
        "responses":{"200":{"description":"ok"}}}},
      "/pet/{petId}":{"get":{"operationId":"getPetById","produces":["application/json"],
        "parameters":[{"name":"petId","in":"path","required":true,"type":"integer"}],
        "responses":{"200":{"description":"ok"}}}}}}
    """
        .formatted(server.getAddress().getPort());
  }

  private static void authenticate(HttpExchange exchange) throws IOException {
    String[] path = exchange.getRequestURI().getPath().split("/");
    String expected =
        "Basic "
            + Base64.getEncoder()
                .encodeToString((path[2] + ":" + path[3]).getBytes(StandardCharsets.UTF_8));
    boolean right = expected.equals(exchange.getRequestHeaders().getFirst("Authorization"));
    answer(exchange, right ? 200 : 401, "{\"authenticated\":" + right + "}");
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
