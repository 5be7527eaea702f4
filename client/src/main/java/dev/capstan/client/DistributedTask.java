package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One task to run without a workflow.
 *
 * @param task a call or run task as in a definition
 * @param name null is {@code task}
 * @param input null is an empty object
 * @param id id of the execution; null lets the engine make one
 */
public record DistributedTask(
    JsonNode task,
    @Nullable String name,
    @Nullable JsonNode input,
    @Nullable String id,
    String idempotencyKey) {

  /** Runs this task. */
  public static DistributedTask of(JsonNode task) {
    return new DistributedTask(task, null, null, null, UUID.randomUUID().toString());
  }

  /** With this input. */
  public DistributedTask withInput(@Nullable JsonNode value) {
    return new DistributedTask(task, name, value, id, idempotencyKey);
  }

  /** With this name, shown in histories. */
  public DistributedTask withName(@Nullable String value) {
    return new DistributedTask(task, value, input, id, idempotencyKey);
  }

  /** With this id of the execution. */
  public DistributedTask withId(@Nullable String value) {
    return new DistributedTask(task, name, input, value, idempotencyKey);
  }

  ObjectNode body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.set("task", task);
    if (name != null) {
      body.put("name", name);
    }
    if (input != null) {
      body.set("input", input);
    }
    if (id != null) {
      body.put("id", id);
    }
    return body;
  }
}
