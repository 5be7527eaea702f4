package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.history.HumanTask;

/** What a person is asked, as a history shows it. */
final class HumanTaskJson {
  private HumanTaskJson() {}

  static JsonNode of(HumanTask asked) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("title", asked.title());
    if (asked.description() != null) {
      json.put("description", asked.description());
    }
    if (asked.assignee() != null) {
      json.put("assignee", asked.assignee());
    }
    if (!asked.candidates().isEmpty()) {
      asked.candidates().forEach(json.putArray("candidates")::add);
    }
    if (asked.priority() != 0) {
      json.put("priority", asked.priority());
    }
    return json;
  }
}
