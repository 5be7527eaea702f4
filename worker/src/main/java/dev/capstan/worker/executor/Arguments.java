package dev.capstan.worker.executor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The object of arguments of a task, read field by field. What does not fit ends the attempt with a
 * {@code configuration} error that names the field. A field that is null is a field that is
 * missing.
 */
public final class Arguments {

  private final JsonNode fields;

  private Arguments(JsonNode fields) {
    this.fields = fields;
  }

  /** Reads an attempt's arguments, which must be an object. */
  public static Arguments of(Attempt attempt) {
    JsonNode fields = attempt.arguments();
    if (!fields.isObject()) {
      throw wrong(
          "The arguments of '"
              + attempt.kind()
              + "' must be an object, not "
              + shape(fields)
              + ".");
    }
    return new Arguments(fields);
  }

  /** Arguments that one kind of task makes up for another. */
  public static Arguments of(ObjectNode fields) {
    return new Arguments(fields);
  }

  /** The field's value, or a missing node. */
  public JsonNode get(String field) {
    JsonNode value = fields.path(field);
    return value.isNull() ? MissingNode.getInstance() : value;
  }

  /** A text that must be there and not be blank. */
  public String text(String field) {
    String value = optionalText(field);
    if (value == null || value.isBlank()) {
      throw wrong("'" + field + "' is required.");
    }
    return value;
  }

  /** A text that may be missing. */
  public @Nullable String optionalText(String field) {
    JsonNode value = get(field);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual()) {
      throw wrong("'" + field + "' must be a string, not " + shape(value) + ".");
    }
    return value.textValue();
  }

  /** A boolean, or its default. */
  public boolean flag(String field, boolean otherwise) {
    JsonNode value = get(field);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw wrong("'" + field + "' must be true or false, not " + shape(value) + ".");
    }
    return value.booleanValue();
  }

  /** One word of several; the first is the default. */
  public String choice(String field, List<String> allowed) {
    String value = optionalText(field);
    if (value == null) {
      return allowed.getFirst();
    }
    if (!allowed.contains(value)) {
      throw wrong(
          "'"
              + field
              + "' is '"
              + value
              + "'; it must be one of "
              + String.join(", ", allowed)
              + ".");
    }
    return value;
  }

  /** An object of scalars as texts, by name; nulls are left out. */
  public Map<String, String> texts(String field) {
    Map<String, String> texts = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : object(field).properties()) {
      if (!entry.getValue().isNull()) {
        texts.put(entry.getKey(), Json.text(entry.getValue()));
      }
    }
    return texts;
  }

  /** An object; an empty one when the field is missing. */
  public JsonNode object(String field) {
    JsonNode value = get(field);
    if (value.isMissingNode()) {
      return Json.object();
    }
    if (!value.isObject()) {
      throw wrong("'" + field + "' must be an object, not " + shape(value) + ".");
    }
    return value;
  }

  /** A {@code configuration} error about an argument. */
  public static TaskFault wrong(String detail) {
    return new TaskFault(ErrorType.CONFIGURATION.fault("Invalid arguments", detail));
  }

  /** What kind of JSON value it is, in words. */
  public static String shape(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "an array";
      case OBJECT, POJO -> "an object";
      case STRING, BINARY -> "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      case NULL, MISSING -> "null";
    };
  }
}
