package dev.capstan.worker.authentication;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of a policy, read field by field. What does not fit is a {@code configuration} error that
 * names the field, and never tells its value: the whole policy may come from a secret.
 *
 * @param path names the part in errors
 */
record Fields(JsonNode node, String path) {

  /** A text that must be there. */
  String text(String field) {
    String value = optional(field);
    if (value == null) {
      throw wrong(field, "is required and must be a string");
    }
    return value;
  }

  /** A text that may be missing. */
  @Nullable String optional(String field) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw wrong(field, "must be a string, not " + Arguments.shape(value));
    }
    return value.textValue();
  }

  /** A list of texts; an empty one when it is missing. */
  List<String> texts(String field) {
    JsonNode list = node.path(field);
    List<String> texts = new ArrayList<>();
    if (list.isMissingNode() || list.isNull()) {
      return texts;
    }
    for (JsonNode each : list) {
      texts.add(each.isTextual() ? each.textValue() : "");
    }
    if (!list.isArray() || texts.contains("")) {
      throw wrong(field, "must be a list of strings");
    }
    return texts;
  }

  /** An object of its own; an empty one when it is missing. */
  Fields part(String field) {
    JsonNode part = node.path(field);
    if (!part.isMissingNode() && !part.isNull() && !part.isObject()) {
      throw wrong(field, "must be an object, not " + Arguments.shape(part));
    }
    return new Fields(part, path + "." + field);
  }

  boolean isMissing() {
    return !node.isObject();
  }

  /** One of the values that have a name; null when the field is missing. */
  <T> @Nullable T choice(String field, Map<String, T> allowed) {
    String name = optional(field);
    if (name == null) {
      return null;
    }
    T chosen = allowed.get(name);
    if (chosen == null) {
      throw wrong(field, "must be one of " + String.join(", ", allowed.keySet()));
    }
    return chosen;
  }

  /** The absolute URI of something on a server. */
  URI uri(String field) {
    URI uri;
    try {
      uri = URI.create(text(field).strip());
    } catch (IllegalArgumentException e) {
      throw wrong(field, "is not a URI");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if ((!scheme.equals("http") && !scheme.equals("https")) || uri.getHost() == null) {
      throw wrong(field, "must be a URI that begins with http:// or https:// and a host");
    }
    return uri;
  }

  RuntimeException wrong(String field, String why) {
    return Arguments.wrong("'" + path + "." + field + "' " + why + ".");
  }
}
