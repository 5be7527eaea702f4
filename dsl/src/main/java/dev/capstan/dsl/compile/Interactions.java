package dev.capstan.dsl.compile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.model.DataSchema;
import dev.capstan.dsl.model.DslDuration;
import dev.capstan.dsl.model.Interaction;
import dev.capstan.dsl.schema.JsonDataSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compiles what people and programs may say to executions, under {@code metadata.capstan}. */
final class Interactions {
  private static final List<String> TEXTS =
      List.of("title", "description", "assignee", "candidates");

  /** Each cloud event has its own. */
  private static final List<String> OWN = List.of("id", "time", "data", "specversion");

  private final Templates templates;

  Interactions(Templates templates) {
    this.templates = templates;
  }

  /** What a listening task says of it; null when it says nothing. */
  @Nullable Interaction of(JsonNode task) {
    JsonNode settings = task.path("metadata").path("capstan");
    JsonNode human = settings.get("human");
    JsonNode update = settings.get("update");
    JsonNode event = event(task.path("listen").path("to"));
    if (human != null) {
      return human(human, event);
    }
    return update == null
        ? null
        : new Interaction.Update(
            update.required("name").textValue(), schema(update.get("input")), event);
  }

  private Interaction human(JsonNode human, JsonNode event) {
    ObjectNode texts = JsonNodeFactory.instance.objectNode();
    for (String name : TEXTS) {
      JsonNode value = human.get(name);
      if (value != null) {
        texts.set(name, value);
      }
    }
    JsonNode due = human.get("due");
    return new Interaction.Human(
        templates.value(texts),
        due == null ? null : DslDuration.parse(due),
        human.path("priority").intValue(),
        human.get("form"),
        schema(human.get("form")),
        event);
  }

  private static @Nullable DataSchema schema(@Nullable JsonNode document) {
    return document == null ? null : new JsonDataSchema(document);
  }

  /** What the first filter asks for literally: the event is made to be what it wants. */
  private static JsonNode event(JsonNode to) {
    JsonNode filter = to.has("one") ? to.path("one") : to.path("any").path(0);
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> attribute : filter.path("with").properties()) {
      JsonNode value = attribute.getValue();
      boolean literal = !value.isTextual() || !Expression.isEnclosed(value.textValue());
      if (literal && !OWN.contains(attribute.getKey())) {
        event.set(attribute.getKey(), value);
      }
    }
    return event;
  }

  /** The queries of a definition by name. */
  Map<String, Expression> queries(JsonNode definition) {
    Map<String, Expression> queries = new LinkedHashMap<>();
    JsonNode settings = definition.path("document").path("metadata").path("capstan");
    for (Map.Entry<String, JsonNode> query : settings.path("queries").properties()) {
      queries.put(query.getKey(), templates.expression(query.getValue()));
    }
    return queries;
  }
}
