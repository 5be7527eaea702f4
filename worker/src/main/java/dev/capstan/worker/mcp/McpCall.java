package dev.capstan.worker.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Json;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of a server, without how it is reached.
 *
 * @param protocolVersion the one to offer
 * @param client name and version of who asks
 * @param parameters of the method; missing when there are none
 * @param timeout of the whole call; null when there is none
 */
record McpCall(
    String protocolVersion,
    JsonNode client,
    String method,
    JsonNode parameters,
    @Nullable Duration timeout) {

  private static final String DEFAULT_VERSION = "2025-06-18";

  private static final List<String> METHODS =
      List.of(
          "tools/list",
          "tools/call",
          "prompts/list",
          "prompts/get",
          "resources/list",
          "resources/read",
          "resources/templates/list");

  static McpCall of(Arguments arguments, String workerVersion) {
    String protocolVersion = arguments.optionalText("protocolVersion");
    String _ = arguments.text("method");
    JsonNode parameters = arguments.get("parameters");
    return new McpCall(
        protocolVersion == null ? DEFAULT_VERSION : protocolVersion,
        client(arguments, workerVersion),
        arguments.choice("method", METHODS),
        parameters.isMissingNode() ? parameters : arguments.object("parameters"),
        Timeout.of(arguments.get("timeout")));
  }

  private static JsonNode client(Arguments arguments, String workerVersion) {
    JsonNode given = arguments.object("client");
    ObjectNode client = Json.object();
    client.put("name", Json.text(given.path("name")));
    client.put("version", Json.text(given.path("version")));
    if (given.path("name").isMissingNode()) {
      client.put("name", "capstan").put("version", workerVersion);
    }
    return client;
  }
}
