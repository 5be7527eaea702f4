package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.history.WorkflowError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hides secrets in what is shown: wherever a secret's text occurs in a string, {@code ***} stands
 * instead. Values are hidden when they are shown and not when they are stored, since a workflow may
 * need them. Texts below {@link #SHORTEST} characters are hidden only where they are the whole
 * string, because as a part they would hide half of every page.
 */
final class Redaction {
  private static final String HIDDEN = "***";
  private static final int SHORTEST = 4;

  private final List<String> texts;

  /** Hides every string inside these values. */
  Redaction(Collection<JsonNode> secrets) {
    List<String> found = new ArrayList<>();
    secrets.forEach(secret -> collect(secret, found));
    found.removeIf(String::isBlank);
    texts =
        found.stream()
            .distinct()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
  }

  private static void collect(JsonNode value, List<String> into) {
    if (value.isTextual() || value.isNumber()) {
      into.add(value.asText());
    }
    value.forEach(child -> collect(child, into));
    JsonNode username = value.path("username");
    JsonNode password = value.path("password");
    if (username.isTextual() && password.isTextual()) {
      // So it stands in $authorization of a call that authenticates by this secret.
      byte[] pair =
          (username.textValue() + ":" + password.textValue()).getBytes(StandardCharsets.UTF_8);
      into.add(Base64.getEncoder().encodeToString(pair));
    }
  }

  /** The value itself when there is nothing to hide in it. */
  @Nullable JsonNode hide(@Nullable JsonNode value) {
    return value == null || texts.isEmpty() ? value : hidden(value);
  }

  @Nullable WorkflowError hide(@Nullable WorkflowError error) {
    if (error == null || texts.isEmpty()) {
      return error;
    }
    return new WorkflowError(
        error.type(),
        error.status(),
        hideOrNull(error.title()),
        hideOrNull(error.detail()),
        error.instance());
  }

  @Nullable String hideOrNull(@Nullable String text) {
    return text == null ? null : hidden(text);
  }

  String hide(String text) {
    return hidden(text);
  }

  private JsonNode hidden(JsonNode value) {
    return switch (value) {
      case ObjectNode object -> hidden(object);
      case ArrayNode array -> hidden(array);
      case TextNode text -> {
        String shown = hidden(text.textValue());
        yield shown.equals(text.textValue()) ? text : TextNode.valueOf(shown);
      }
      default ->
          value.isNumber() && texts.contains(value.asText()) ? TextNode.valueOf(HIDDEN) : value;
    };
  }

  private JsonNode hidden(ObjectNode object) {
    ObjectNode copy = JsonNodeFactory.instance.objectNode();
    boolean changed = false;
    for (var field : object.properties()) {
      JsonNode shown = hidden(field.getValue());
      String name = hidden(field.getKey());
      changed |= !shown.equals(field.getValue()) || !name.equals(field.getKey());
      copy.set(name, shown);
    }
    return changed ? copy : object;
  }

  private JsonNode hidden(ArrayNode array) {
    ArrayNode copy = JsonNodeFactory.instance.arrayNode(array.size());
    boolean changed = false;
    for (JsonNode item : array) {
      JsonNode shown = hidden(item);
      changed |= !shown.equals(item);
      copy.add(shown);
    }
    return changed ? copy : array;
  }

  private String hidden(String text) {
    String shown = text;
    for (String secret : texts) {
      if (secret.length() >= SHORTEST) {
        shown = shown.replace(secret, HIDDEN);
      } else if (shown.equals(secret)) {
        shown = HIDDEN;
      }
    }
    return shown;
  }
}
