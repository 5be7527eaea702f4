package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.TaskFault;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What an AsyncAPI document says of one protocol in one of its places, read field by field. A value
 * that does not fit is a {@code configuration} error that names the field. A field that nobody asks
 * for is left alone: documents are written for others, too.
 */
public final class Binding {

  private final String place;
  private final JsonNode fields;

  private Binding(String place, JsonNode fields) {
    this.place = place;
    this.fields = fields;
  }

  /**
   * Reads a binding; nothing, or null, has no fields.
   *
   * @param place whose it is, such as {@code server}
   */
  public static Binding of(String place, JsonNode fields) {
    if (!fields.isMissingNode() && !fields.isNull() && !fields.isObject()) {
      throw Arguments.wrong(
          "The binding of the "
              + place
              + " must be an object, not "
              + Arguments.shape(fields)
              + ".");
    }
    return new Binding(place, fields);
  }

  /** Whether the field is there. */
  public boolean has(String field) {
    return !get(field).isMissingNode();
  }

  /** The field's value, or a missing node. */
  public JsonNode get(String field) {
    JsonNode value = fields.path(field);
    return value.isNull() ? MissingNode.getInstance() : value;
  }

  /** An object in it; one without fields when there is none. */
  public Binding object(String field) {
    JsonNode value = get(field);
    if (!value.isMissingNode() && !value.isObject()) {
      throw wrong(field, "must be an object, not " + Arguments.shape(value));
    }
    return new Binding(place + "." + field, value);
  }

  /** A text that may be missing. */
  public @Nullable String text(String field) {
    JsonNode value = get(field);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual()) {
      throw wrong(field, "must be a string, not " + Arguments.shape(value));
    }
    return value.textValue();
  }

  /** A list of texts; a single text is a list of one. */
  public List<String> texts(String field) {
    JsonNode value = get(field);
    if (value.isTextual()) {
      return List.of(value.textValue());
    }
    if (!value.isMissingNode() && !value.isArray()) {
      throw wrong(field, "must be an array of strings, not " + Arguments.shape(value));
    }
    return value.valueStream().map(each -> element(field, each)).toList();
  }

  private String element(String field, JsonNode value) {
    if (!value.isTextual()) {
      throw wrong(field, "must be an array of strings; there is " + Arguments.shape(value));
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
      throw wrong(field, "must be true or false, not " + Arguments.shape(value));
    }
    return value.booleanValue();
  }

  /** A whole number from one to another, both included; empty when it is missing. */
  public OptionalLong number(String field, long least, long most) {
    JsonNode value = get(field);
    if (value.isMissingNode()) {
      return OptionalLong.empty();
    }
    if (!value.isIntegralNumber() || value.longValue() < least || value.longValue() > most) {
      throw wrong(field, "must be a whole number from " + least + " to " + most + ", not " + value);
    }
    return OptionalLong.of(value.longValue());
  }

  /** One word of several, or a default. */
  public String choice(String field, String otherwise, List<String> allowed) {
    String value = text(field);
    if (value == null) {
      return otherwise;
    }
    if (!allowed.contains(value)) {
      throw wrong(field, "is '" + value + "'; it must be one of " + String.join(", ", allowed));
    }
    return value;
  }

  /**
   * The text that a field has, or the only one that the schema in it admits (by {@code const}, or
   * an {@code enum} with one entry), or the schema's default; null when there is none.
   */
  public @Nullable String only(String field) {
    JsonNode value = get(field);
    if (!value.isObject()) {
      return text(field);
    }
    JsonNode options = value.path("enum");
    for (JsonNode each :
        List.of(
            value.path("const"),
            options.size() == 1 ? options.path(0) : MissingNode.getInstance(),
            value.path("default"))) {
      if (each.isValueNode() && !each.isNull()) {
        return each.asText();
      }
    }
    return null;
  }

  /** A {@code configuration} error about a field: {@code what} goes on from its name. */
  public TaskFault wrong(String field, String what) {
    return Arguments.wrong("'" + field + "' in the binding of the " + place + " " + what + ".");
  }
}
