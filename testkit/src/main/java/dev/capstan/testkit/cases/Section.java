package dev.capstan.testkit.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.model.DslDuration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object of a test file. What does not fit is found, and then reads as if it were not there, so
 * that one reading finds all that is wrong.
 */
record Section(Findings findings, JsonNode value, String pointer) {

  /** An object with any keys; {@code noun} such as {@code a case}. */
  static Section free(Findings findings, JsonNode value, String pointer, String noun) {
    if (value.isObject()) {
      return new Section(findings, value, pointer);
    }
    findings.value(
        DiagnosticCode.WRONG_TYPE,
        pointer,
        noun + " must be an object, but is " + type(value),
        null);
    return new Section(findings, JsonNodeFactory.instance.objectNode(), pointer);
  }

  /** An object with none but these keys. */
  static Section of(
      Findings findings, JsonNode value, String pointer, String noun, List<String> keys) {
    Section section = free(findings, value, pointer, noun);
    for (Map.Entry<String, JsonNode> field : section.value.properties()) {
      if (!keys.contains(field.getKey())) {
        findings.key(
            DiagnosticCode.UNKNOWN_PROPERTY,
            section.pointer(field.getKey()),
            noun + " has no \"" + field.getKey() + "\"",
            Findings.hint(keys, field.getKey()));
      }
    }
    return section;
  }

  /** The pointer of what is under a key. */
  String pointer(String key) {
    return pointer + "/" + key.replace("~", "~0").replace("/", "~1");
  }

  /** What is under a key; null when nothing is. */
  @Nullable JsonNode get(String key) {
    return value.get(key);
  }

  /** What is under a key as the object {@code noun}, whose keys are the author's; may be empty. */
  Section free(String key, String noun) {
    JsonNode inner = value.get(key);
    return inner == null
        ? new Section(findings, JsonNodeFactory.instance.objectNode(), pointer(key))
        : free(findings, inner, pointer(key), noun);
  }

  /** Says so when there is nothing under a key. */
  boolean requires(String key, String noun) {
    if (value.has(key)) {
      return true;
    }
    findings.value(DiagnosticCode.MISSING_PROPERTY, pointer, noun + " needs \"" + key + "\"", null);
    return false;
  }

  /** The text under a key; null when there is none. */
  @Nullable String text(String key) {
    JsonNode text = value.get(key);
    if (text == null) {
      return null;
    }
    return isText(text, pointer(key), "\"" + key + "\"") ? text.textValue() : null;
  }

  /** The items under a key; null when there is no list. */
  @Nullable List<JsonNode> list(String key) {
    JsonNode list = value.get(key);
    if (list == null) {
      return null;
    }
    if (!list.isArray()) {
      findings.value(
          DiagnosticCode.WRONG_TYPE,
          pointer(key),
          "\"" + key + "\" must be a list, but is " + type(list),
          null);
      return null;
    }
    return list.valueStream().toList();
  }

  /** The texts under a key; null when there is no list. */
  @Nullable List<String> texts(String key) {
    List<JsonNode> list = list(key);
    if (list == null) {
      return null;
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if (isText(list.get(i), pointer(key) + "/" + i, "each item of \"" + key + "\"")) {
        texts.add(list.get(i).textValue());
      }
    }
    return texts;
  }

  /** The duration under a key, in any form of the DSL; null when there is none. */
  @Nullable Duration duration(String key) {
    JsonNode duration = value.get(key);
    if (duration == null) {
      return null;
    }
    try {
      return DslDuration.parse(duration).from(Instant.parse("2026-01-01T00:00:00Z"));
    } catch (IllegalArgumentException e) {
      findings.value(
          DiagnosticCode.BAD_DURATION, pointer(key), String.valueOf(e.getMessage()), null);
      return null;
    }
  }

  private boolean isText(JsonNode text, String at, String label) {
    if (!text.isTextual()) {
      findings.value(
          DiagnosticCode.WRONG_TYPE, at, label + " must be a text, but is " + type(text), null);
    }
    return text.isTextual();
  }

  private static String type(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case BOOLEAN -> "true or false";
      case NULL -> "null";
      case NUMBER -> "a number";
      case OBJECT -> "an object";
      case STRING -> "a text";
      case BINARY, MISSING, POJO -> "no JSON";
    };
  }
}
