package dev.capstan.worker.a2a;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.rpc.Rpc;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What is asked of an agent, without how it is reached.
 *
 * @param parameters of the method; missing when there are none
 */
record A2aCall(String method, JsonNode parameters) {

  /** The id of the one request that a call is. */
  static final int ID = 1;

  private static final List<String> METHODS =
      List.of(
          "message/send",
          "message/stream",
          "tasks/get",
          "tasks/list",
          "tasks/cancel",
          "tasks/resubscribe",
          "tasks/pushNotificationConfig/set",
          "tasks/pushNotificationConfig/get",
          "tasks/pushNotificationConfig/list",
          "tasks/pushNotificationConfig/delete",
          "agent/getAuthenticatedExtendedCard");

  private static final Set<String> WITH_MESSAGE = Set.of("message/send", "message/stream");
  private static final Set<String> STREAMING = Set.of("message/stream", "tasks/resubscribe");

  /**
   * Reads a call.
   *
   * @param idempotencyKey a message that says no id gets one that all attempts of the task share
   */
  static A2aCall of(Arguments arguments, String idempotencyKey) {
    String _ = arguments.text("method");
    String method = arguments.choice("method", METHODS);
    JsonNode parameters = arguments.get("parameters");
    if (!parameters.isMissingNode()) {
      parameters = arguments.object("parameters");
    }
    return new A2aCall(
        method,
        WITH_MESSAGE.contains(method) ? withDefaults(parameters, idempotencyKey) : parameters);
  }

  private static JsonNode withDefaults(JsonNode parameters, String idempotencyKey) {
    if (!(parameters.path("message") instanceof ObjectNode message)) {
      return parameters;
    }
    ObjectNode complete = message.deepCopy();
    putDefault(complete, "messageId", id(idempotencyKey));
    putDefault(complete, "role", "user");
    // The protocol wants its objects to say what they are, and its servers may insist on it.
    putDefault(complete, "kind", "message");
    ObjectNode all = Json.object();
    parameters.properties().forEach(each -> all.set(each.getKey(), each.getValue()));
    all.set("message", complete);
    return all;
  }

  private static void putDefault(ObjectNode message, String field, String value) {
    if (!message.hasNonNull(field)) {
      message.put(field, value);
    }
  }

  private static String id(String idempotencyKey) {
    UUID id =
        idempotencyKey.isEmpty()
            ? UUID.randomUUID()
            : UUID.nameUUIDFromBytes(idempotencyKey.getBytes(StandardCharsets.UTF_8));
    return id.toString();
  }

  /** Whether the output is an array of what comes until the agent has no more to say. */
  boolean isStreaming() {
    return STREAMING.contains(method);
  }

  /** The request that is sent. */
  ObjectNode request() {
    return Rpc.request(ID, method, parameters);
  }
}
