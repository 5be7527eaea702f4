package dev.capstan.server.lifecycle;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * One life-cycle event.
 *
 * @param id the same whenever the event is derived again, whoever does it
 * @param source the definition, {@code /namespace/name/version}
 * @param execution whose it is; the subject of the cloud event
 */
record LifecycleEvent(
    String id, LifecycleType type, String source, String execution, Instant time, ObjectNode data) {

  /** The cloud event in structured form (CloudEvents 1.0, JSON event format). */
  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("specversion", "1.0")
        .put("id", id)
        .put("source", source)
        .put("type", type.type())
        .put("subject", execution)
        .put("time", time.toString())
        .put("datacontenttype", "application/json");
    json.set("data", data);
    return json;
  }
}
