package dev.capstan.dsl.compile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.model.Extension;
import dev.capstan.dsl.model.TaskList;
import dev.capstan.dsl.model.Use;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The parts under {@code use}, found by name. */
final class Reuse {
  static final JsonNode EMPTY = JsonNodeFactory.instance.objectNode();

  private final JsonNode use;

  Reuse(JsonNode definition) {
    this.use = definition.path("use");
  }

  /** {@code value} itself, or what it names among {@code use.<section>} when it is a text. */
  JsonNode resolve(String section, JsonNode value) {
    return value.isTextual() ? use.path(section).path(value.textValue()) : value;
  }

  /** Whether {@code use.<section>} has {@code name}. */
  boolean declares(String section, String name) {
    return use.path(section).has(name);
  }

  /** What stands under {@code use.<section>.<name>}, which is there. */
  JsonNode declared(String section, String name) {
    return use.path(section).required(name);
  }

  Use compile(Templates templates, Tasks tasks) {
    Map<String, Template> authentications = new LinkedHashMap<>();
    use.path("authentications")
        .properties()
        .forEach(field -> authentications.put(field.getKey(), templates.value(field.getValue())));
    List<String> secrets = new ArrayList<>();
    use.path("secrets").forEach(secret -> secrets.add(secret.textValue()));
    List<Extension> extensions = new ArrayList<>();
    for (JsonNode item : use.path("extensions")) {
      Map.Entry<String, JsonNode> entry = item.properties().iterator().next();
      extensions.add(tasks.extension(extensions.size(), entry.getKey(), entry.getValue()));
    }
    Map<String, TaskList> functions = new LinkedHashMap<>();
    entries("functions")
        .forEach((name, function) -> functions.put(name, tasks.function(name, function)));
    return new Use(authentications, secrets, functions, extensions, entries("catalogs"));
  }

  private Map<String, JsonNode> entries(String section) {
    Map<String, JsonNode> entries = new LinkedHashMap<>();
    use.path(section).properties().forEach(field -> entries.put(field.getKey(), field.getValue()));
    return entries;
  }

  /** An absent object as an empty one. */
  static JsonNode orEmpty(JsonNode value) {
    return value.isMissingNode() ? EMPTY : value;
  }
}
