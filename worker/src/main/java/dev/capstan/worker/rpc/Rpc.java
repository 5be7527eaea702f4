package dev.capstan.worker.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import org.jspecify.annotations.Nullable;

/** Messages of JSON-RPC 2.0. */
public final class Rpc {

  private static final int METHOD_NOT_FOUND = -32_601;

  private Rpc() {}

  /** A request; without parameters when they are missing. */
  public static ObjectNode request(int id, String method, JsonNode parameters) {
    ObjectNode request = message();
    request.put("id", id);
    return withMethod(request, method, parameters);
  }

  /** A request that wants no response; without parameters when they are missing. */
  public static ObjectNode notification(String method, JsonNode parameters) {
    return withMethod(message(), method, parameters);
  }

  private static ObjectNode withMethod(ObjectNode message, String method, JsonNode parameters) {
    message.put("method", method);
    if (!parameters.isMissingNode()) {
      message.set("params", parameters);
    }
    return message;
  }

  /** Whether the message is the response to our request of this id. */
  public static boolean isResponse(JsonNode message, int id) {
    JsonNode theirs = message.path("id");
    return !message.has("method")
        && (message.has("result") || message.has("error"))
        && theirs.isIntegralNumber()
        && theirs.longValue() == id;
  }

  /**
   * What to tell a server that asks something itself; null when it does not ask. We are there, and
   * offer nothing.
   */
  public static @Nullable ObjectNode reply(JsonNode message) {
    if (!message.path("method").isTextual() || !message.hasNonNull("id")) {
      return null;
    }
    ObjectNode reply = message();
    reply.set("id", message.get("id"));
    if (message.get("method").textValue().equals("ping")) {
      reply.set("result", Json.object());
    } else {
      reply
          .putObject("error")
          .put("code", METHOD_NOT_FOUND)
          .put("message", "This client does not offer " + message.get("method").textValue());
    }
    return reply;
  }

  /**
   * The result of a response.
   *
   * @param protocol names in errors what is spoken
   * @throws TaskFault of type {@code runtime} when it is an error
   */
  public static JsonNode result(JsonNode response, String protocol, String method) {
    JsonNode error = response.path("error");
    if (error.isMissingNode() || error.isNull()) {
      return response.path("result");
    }
    String message = Json.text(error.path("message"));
    JsonNode data = error.path("data");
    throw new TaskFault(
        ErrorType.RUNTIME.fault(
            protocol + " error " + Json.text(error.path("code")),
            method
                + " failed: "
                + (message.isEmpty() ? "no reason was given" : message)
                + (data.isMissingNode() || data.isNull() ? "" : " (" + Json.text(data) + ")")));
  }

  private static ObjectNode message() {
    return Json.object().put("jsonrpc", "2.0");
  }
}
