package dev.capstan.testkit.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Errors in a test file: a type alone, or an object; types are URIs or the standard ones' words.
 */
final class ErrorReader {
  private static final List<String> ANSWERED = List.of("type", "status", "title", "detail");
  private static final List<String> EXPECTED =
      List.of("type", "status", "title", "detail", "instance");
  private static final List<String> WORDS =
      Stream.of(ErrorType.values()).map(ErrorReader::word).toList();

  private final Findings findings;

  ErrorReader(Findings findings) {
    this.findings = findings;
  }

  /** What a task answers; with the standard type's status where none is said. */
  @Nullable WorkflowError answer(JsonNode value, String pointer) {
    if (value.isTextual()) {
      return error(value.textValue(), null, null, null, pointer, pointer);
    }
    Section section = Section.of(findings, value, pointer, "an error", ANSWERED);
    String type = section.requires("type", "an error") ? section.text("type") : null;
    Integer status = status(section);
    return type == null
        ? null
        : error(
            type,
            status,
            section.text("title"),
            section.text("detail"),
            section.pointer("type"),
            pointer);
  }

  /** What an error must have to be the expected one: any part of it. */
  JsonNode expected(JsonNode value, String pointer) {
    ObjectNode parts = JsonNodeFactory.instance.objectNode();
    if (value.isTextual()) {
      return parts.put("type", uri(value.textValue(), pointer));
    }
    Section section = Section.of(findings, value, pointer, "an error", EXPECTED);
    for (String key : EXPECTED) {
      Object part = key.equals("status") ? status(section) : section.text(key);
      if (part instanceof Integer number) {
        parts.put(key, number);
      } else if (part instanceof String text) {
        parts.put(key, key.equals("type") ? uri(text, section.pointer(key)) : text);
      }
    }
    return parts;
  }

  private @Nullable Integer status(Section section) {
    JsonNode status = section.get("status");
    if (status == null || (status.isInt() && status.intValue() >= 100 && status.intValue() < 600)) {
      return status == null ? null : status.intValue();
    }
    findings.value(
        DiagnosticCode.NUMBER_OUT_OF_RANGE,
        section.pointer("status"),
        "\"status\" must be a whole number from 100 to 599",
        null);
    return null;
  }

  private @Nullable WorkflowError error(
      String type,
      @Nullable Integer status,
      @Nullable String title,
      @Nullable String detail,
      String typePointer,
      String pointer) {
    String uri = uri(type, typePointer);
    for (ErrorType standard : ErrorType.values()) {
      if (standard.uri().equals(uri)) {
        WorkflowError usual = standard.error(detail, null);
        return new WorkflowError(
            uri,
            status == null ? usual.status() : status,
            title == null ? usual.title() : title,
            detail,
            null);
      }
    }
    if (status == null) {
      if (!uri.contains(":")) {
        return null;
      }
      findings.value(
          DiagnosticCode.MISSING_PROPERTY,
          pointer,
          "an error of a type of your own needs \"status\"",
          "types with a status of their own: " + String.join(", ", WORDS));
      return null;
    }
    return new WorkflowError(uri, status, title, detail, null);
  }

  private String uri(String type, String pointer) {
    for (ErrorType standard : ErrorType.values()) {
      if (word(standard).equals(type)) {
        return standard.uri();
      }
    }
    if (!type.contains(":")) {
      findings.value(
          DiagnosticCode.VALUE_NOT_ALLOWED,
          pointer,
          "\"" + type + "\" is no type of error",
          Findings.hint(WORDS, type) + ", or a URI");
    }
    return type;
  }

  private static String word(ErrorType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
