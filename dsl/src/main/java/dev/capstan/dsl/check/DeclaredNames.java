package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** The names that a definition declares under {@code use}. */
final class DeclaredNames {
  private final JsonNode use;

  DeclaredNames(JsonNode root) {
    this.use = root.path("use");
  }

  List<String> of(String section) {
    JsonNode declared = use.path(section);
    List<String> names = new ArrayList<>();
    if (declared.isObject()) {
      declared.fieldNames().forEachRemaining(names::add);
    } else {
      declared.forEach(item -> names.add(item.asText()));
    }
    return names;
  }

  boolean has(String section, String name) {
    JsonNode declared = use.path(section);
    return declared.isObject() ? declared.has(name) : of(section).contains(name);
  }
}
