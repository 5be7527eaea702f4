package dev.capstan.dsl.compile;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.model.Parallel;
import dev.capstan.dsl.model.TaskSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compiles {@code metadata.capstan}, in which only enclosed texts are expressions, in any mode. */
final class EngineSettings {
  private static final List<String> COMPUTED = List.of("priority", "key", "idempotencyKey");
  private static final List<String> LIMITS = List.of("concurrency", "rate");

  private final Templates templates;

  EngineSettings(Templates templates) {
    this.templates = templates;
  }

  /** What {@code metadata} of a task says. */
  TaskSettings ofTask(JsonNode metadata) {
    JsonNode settings = metadata.path("capstan");
    if (settings.isMissingNode()) {
      return TaskSettings.NONE;
    }
    Map<String, Template> computed = members(settings, COMPUTED);
    for (String limit : LIMITS) {
      Map<String, Template> key = members(settings.path(limit), List.of("key"));
      if (!key.isEmpty()) {
        computed.put(limit, new Template.Fields(key));
      }
    }
    JsonNode code = settings.get("authorizationCode");
    return new TaskSettings(
        computed.isEmpty() ? null : new Template.Fields(computed),
        deadline(metadata),
        code == null ? null : templates.value(code));
  }

  /** The moment that {@code metadata} of a task or a document names; null when it names none. */
  @Nullable Template deadline(JsonNode metadata) {
    JsonNode deadline = metadata.path("capstan").get("deadline");
    if (deadline == null) {
      return null;
    }
    return isExpression(deadline) ? computed(deadline) : new Template.Constant(deadline);
  }

  /** How {@code metadata} of a loop wants its iterations; null for one after the other. */
  static @Nullable Parallel parallel(JsonNode metadata) {
    JsonNode parallel = metadata.path("capstan").get("parallel");
    return parallel == null
        ? null
        : new Parallel(
            parallel.required("width").intValue(),
            parallel.path("onError").asText().equals("collect"));
  }

  private Map<String, Template> members(JsonNode settings, List<String> names) {
    Map<String, Template> members = new LinkedHashMap<>();
    for (String name : names) {
      JsonNode value = settings.path(name);
      if (isExpression(value)) {
        members.put(name, computed(value));
      }
    }
    return members;
  }

  private static boolean isExpression(JsonNode value) {
    return value.isTextual() && Expression.isEnclosed(value.textValue());
  }

  private Template computed(JsonNode text) {
    return new Template.Computed(templates.expression(text));
  }
}
