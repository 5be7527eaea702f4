package dev.capstan.worker.asyncapi.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.asyncapi.Credentials;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.executor.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** URIs and proofs of endpoints whose addresses are paths. */
final class Places {

  private Places() {}

  /** Where an endpoint is: the server, and the address as a path below it. */
  static String uri(Endpoint endpoint) {
    String server = endpoint.server().toString();
    String address = endpoint.address();
    if (address.isEmpty() || address.equals("/")) {
      return server;
    }
    boolean ends = server.endsWith("/");
    boolean begins = address.startsWith("/") || address.startsWith("?");
    String joint = ends || begins ? "" : "/";
    return server + joint + (ends && address.startsWith("/") ? address.substring(1) : address);
  }

  /** The same with its credentials, as endpoints of the language are written. */
  static ObjectNode described(Endpoint endpoint) {
    ObjectNode described = Json.object().put("uri", uri(endpoint));
    switch (endpoint.credentials()) {
      case null -> {}
      case Credentials.Basic basic ->
          described
              .putObject("authentication")
              .putObject("basic")
              .put("username", basic.username())
              .put("password", basic.password());
      case Credentials.Bearer bearer ->
          described.putObject("authentication").putObject("bearer").put("token", bearer.token());
    }
    return described;
  }

  /** The value of an Authorization header; null for none. */
  static @Nullable String authorization(@Nullable Credentials credentials) {
    return switch (credentials) {
      case null -> null;
      case Credentials.Basic basic ->
          "Basic "
              + Base64.getEncoder()
                  .encodeToString(
                      (basic.username() + ":" + basic.password()).getBytes(StandardCharsets.UTF_8));
      case Credentials.Bearer bearer -> "Bearer " + bearer.token();
    };
  }

  /** The method that a binding says. */
  static String method(Endpoint endpoint, String otherwise) {
    for (JsonNode binding : List.of(endpoint.operationBinding(), endpoint.channelBinding())) {
      String method = binding.path("method").asText("");
      if (!method.isEmpty()) {
        return method.toUpperCase(Locale.ROOT);
      }
    }
    return otherwise;
  }
}
