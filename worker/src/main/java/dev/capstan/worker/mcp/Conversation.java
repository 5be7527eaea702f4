package dev.capstan.worker.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.rpc.Rpc;
import java.util.Set;

/** What is said in one call: who we are, that we are ready, and the request itself. */
final class Conversation {

  /** The methods that can be called are the same in all of these. */
  private static final Set<String> VERSIONS =
      Set.of("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25");

  private static final String PROTOCOL = "MCP";
  private static final int FIRST_ID = 1;
  private static final int SECOND_ID = 2;

  private Conversation() {}

  /** The result of the method. */
  static JsonNode hold(Channel channel, McpCall call) throws InterruptedException {
    JsonNode hello = Rpc.result(channel.ask(initialize(call), FIRST_ID), PROTOCOL, "initialize");
    channel.agreed(agreed(call, hello));
    channel.tell(Rpc.notification("notifications/initialized", MissingNode.getInstance()));
    ObjectNode request = Rpc.request(SECOND_ID, call.method(), call.parameters());
    return Rpc.result(channel.ask(request, SECOND_ID), PROTOCOL, call.method());
  }

  private static ObjectNode initialize(McpCall call) {
    ObjectNode parameters = Json.object().put("protocolVersion", call.protocolVersion());
    parameters.putObject("capabilities");
    parameters.set("clientInfo", call.client());
    return Rpc.request(FIRST_ID, "initialize", parameters);
  }

  private static String agreed(McpCall call, JsonNode hello) {
    String version = hello.path("protocolVersion").asText();
    if (version.equals(call.protocolVersion()) || VERSIONS.contains(version)) {
      return version;
    }
    throw new TaskFault(
        ErrorType.RUNTIME.fault(
            "No common protocol version",
            "'"
                + call.protocolVersion()
                + "' was offered, and the server wants '"
                + version
                + "'."));
  }
}
