package dev.capstan.core.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;

/**
 * An event of the outside world, in CloudEvents' structured JSON form: {@code id, source, type,
 * specversion}, further attributes and {@code data} as members of one object.
 */
public record CloudEvent(JsonNode json) {

  /** Its type attribute. */
  public String type() {
    return json.path("type").asText();
  }

  /** Its id attribute, unique in its source. */
  public String id() {
    return json.path("id").asText();
  }

  /** {@code source} and {@code id} together: equal for two deliveries of one event. */
  public String identity() {
    return json.path("source").asText() + " " + json.path("id").asText();
  }

  /** Its data, null when it has none. */
  public JsonNode data() {
    JsonNode data = json.get("data");
    return data == null ? NullNode.getInstance() : data;
  }
}
