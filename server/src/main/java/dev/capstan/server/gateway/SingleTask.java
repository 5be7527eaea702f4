package dev.capstan.server.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.server.gateway.Gateway.StartRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A single task without a workflow: a definition is put around it and run once. */
public final class SingleTask {
  /** What a task is called that was given no name. */
  public static final String NAME = "task";

  private static final String NAMESPACE = "tasks";

  private SingleTask() {}

  /**
   * The start of the execution that runs a task.
   *
   * @param name null is {@value #NAME}
   * @param task a call or run task as in a definition
   * @throws Refusal if it is none
   */
  public static StartRequest start(
      @Nullable String name,
      JsonNode task,
      JsonNode input,
      @Nullable String id,
      @Nullable String key,
      Map<String, String> labels) {
    if (!task.has("call") && !task.has("run")) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "\"/task\" is neither a call nor a run task",
          "such as {\"call\": \"http\", \"with\": {...}}; for anything else start a definition inline");
    }
    ObjectNode definition = JsonNodeFactory.instance.objectNode();
    definition
        .putObject("document")
        .put("dsl", "1.0.3")
        .put("namespace", NAMESPACE)
        .put("name", NAME)
        .put("version", "1.0.0");
    definition.putArray("do").addObject().set(name == null ? NAME : name, task);
    return new StartRequest(definition.toString(), null, null, null, input, id, key, labels);
  }
}
