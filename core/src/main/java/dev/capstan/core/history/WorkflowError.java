package dev.capstan.core.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * An error object of the specification (Errors; RFC 7807).
 *
 * @param type a URI
 * @param status the status code that describes it best
 * @param instance JSON pointer of the task that it comes from; set by the engine
 */
public record WorkflowError(
    String type,
    int status,
    @Nullable String title,
    @Nullable String detail,
    @Nullable String instance) {

  /** The error as the variable of a {@code catch} shows it. */
  public JsonNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("type", type).put("status", status);
    putIfPresent(json, "title", title);
    putIfPresent(json, "detail", detail);
    putIfPresent(json, "instance", instance);
    return json;
  }

  /** The same error, said to come from {@code reference} unless it names a place already. */
  public WorkflowError at(String reference) {
    return instance != null ? this : new WorkflowError(type, status, title, detail, reference);
  }

  private static void putIfPresent(ObjectNode json, String name, @Nullable String value) {
    if (value != null) {
      json.put(name, value);
    }
  }
}
