package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What to start. Immutable: each method gives a changed copy. Each request has an idempotency key
 * from its beginning, so that sending it again, by the client's own retries or the caller's, never
 * starts a second execution.
 *
 * @param workflow the deployed workflow; null when {@code definition} is given
 * @param definition text of a definition for a one-off run; null when {@code workflow} is given
 * @param input null is an empty object
 * @param id null lets the engine make one
 * @param deadline the moment at which it times out at last; null for none
 */
public record StartRequest(
    @Nullable WorkflowName workflow,
    @Nullable String definition,
    @Nullable JsonNode input,
    @Nullable String id,
    Map<String, String> labels,
    String idempotencyKey,
    @Nullable Instant deadline) {

  /** Runs a deployed workflow. */
  public static StartRequest of(WorkflowName workflow) {
    return new StartRequest(
        workflow, null, null, null, Map.of(), UUID.randomUUID().toString(), null);
  }

  /** Runs a definition once, without deploying it. */
  public static StartRequest ofDefinition(String text) {
    return new StartRequest(null, text, null, null, Map.of(), UUID.randomUUID().toString(), null);
  }

  /** With this input. */
  public StartRequest withInput(@Nullable JsonNode value) {
    return new StartRequest(workflow, definition, value, id, labels, idempotencyKey, deadline);
  }

  /** With this id: letters, digits and {@code . _ : -}, at most 128. */
  public StartRequest withId(@Nullable String value) {
    return new StartRequest(workflow, definition, input, value, labels, idempotencyKey, deadline);
  }

  /** With these labels. */
  public StartRequest withLabels(Map<String, String> values) {
    return new StartRequest(
        workflow, definition, input, id, Map.copyOf(values), idempotencyKey, deadline);
  }

  /** With a key of the caller's own, kept for at least 24 hours. */
  public StartRequest withIdempotencyKey(String key) {
    return new StartRequest(workflow, definition, input, id, labels, key, deadline);
  }

  /**
   * With a moment at which it times out, if it has not ended by then and nothing ends it sooner.
   */
  public StartRequest withDeadline(@Nullable Instant value) {
    return new StartRequest(workflow, definition, input, id, labels, idempotencyKey, value);
  }

  ObjectNode body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    if (workflow != null) {
      ObjectNode name =
          body.putObject("workflow")
              .put("namespace", workflow.namespace())
              .put("name", workflow.name());
      if (workflow.version() != null) {
        name.put("version", workflow.version());
      }
    }
    if (definition != null) {
      body.put("definition", definition);
    }
    if (input != null) {
      body.set("input", input);
    }
    if (id != null) {
      body.put("id", id);
    }
    if (!labels.isEmpty()) {
      ObjectNode all = body.putObject("labels");
      labels.forEach(all::put);
    }
    if (deadline != null) {
      body.put("deadline", deadline.toString());
    }
    return body;
  }
}
