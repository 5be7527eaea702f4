package dev.capstan.dsl.check;

import static dev.capstan.dsl.check.FieldsBuilder.object;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.diagnostic.NearestName;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The wording of messages, and which shapes take which type. */
final class Words {
  private Words() {}

  static final Shape.Fields DURATION =
      object("a duration")
          .optional("days", new Shape.Whole(0, Long.MAX_VALUE))
          .optional("hours", new Shape.Whole(0, Long.MAX_VALUE))
          .optional("minutes", new Shape.Whole(0, Long.MAX_VALUE))
          .optional("seconds", new Shape.Whole(0, Long.MAX_VALUE))
          .optional("milliseconds", new Shape.Whole(0, Long.MAX_VALUE))
          .atLeast(1)
          .build();

  private static final int NAMES_SHOWN = 12;

  static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "the text \"" + shortened(value.textValue()) + "\"";
      case NUMBER -> "the number " + shortened(value.asText());
      case BOOLEAN -> value.asText();
      case NULL, MISSING -> "empty (null)";
      case ARRAY -> value.isEmpty() ? "an empty list" : "a list";
      case OBJECT -> value.isEmpty() ? "an empty object" : "an object";
      case BINARY, POJO -> "no JSON value";
    };
  }

  static @Nullable String typeHint(JsonNode value, String expected) {
    boolean wantsText = expected.startsWith("a text") || expected.contains("expression");
    if (wantsText && (value.isNumber() || value.isBoolean())) {
      return "fix: put it in quotes";
    }
    if (wantsText && value.isObject()) {
      return "a text that begins with { must stand in quotes";
    }
    return null;
  }

  static String shortened(String text) {
    String line = text.replace('\n', ' ');
    return line.length() <= 60 ? line : line.substring(0, 57) + "...";
  }

  /** A line with the names that were possible, and one with the name that was probably meant. */
  static @Nullable String hint(String label, Collection<String> names, String written) {
    if (names.isEmpty()) {
      return null;
    }
    String nearest = NearestName.among(names, written);
    return names(label, names)
        + (nearest == null ? "" : "\nfix: did you mean \"" + nearest + "\"?");
  }

  static String names(String label, Collection<String> names) {
    String shown =
        String.join(", ", names.stream().limit(NAMES_SHOWN).map(Words::shortened).toList());
    int more = names.size() - NAMES_SHOWN;
    return label + ": " + shown + (more > 0 ? " and " + more + " more" : "");
  }

  static boolean takes(Shape shape, JsonNode value) {
    return switch (shape) {
      case Shape.Value any -> true;
      case Shape.Opaque any -> true;
      case Shape.SchemaDocument document -> true;
      case Shape.Text text -> value.isTextual();
      case Shape.Choice choice -> value.isTextual();
      case Shape.Flag flag -> value.isBoolean();
      case Shape.Never never -> value.isBoolean() && !value.booleanValue();
      case Shape.Whole whole -> value.isNumber();
      case Shape.Literal literal -> LiteralCheck.takes(literal.kind(), value);
      case Shape.Duration duration -> value.isTextual() || value.isObject();
      case Shape.ListOf list -> value.isArray();
      case Shape.TaskList list -> value.isArray();
      case Shape.FreeObject free -> value.isObject();
      case Shape.Metadata metadata -> value.isObject();
      case Shape.SchemaResource resource -> value.isObject();
      case Shape.MapOf map -> value.isObject();
      case Shape.Named named -> value.isObject();
      case Shape.Task task -> value.isObject();
      case Shape.ByProperty choice -> value.isObject();
      case Shape.ByValue choice -> value.isObject();
      case Shape.Fields fields -> value.isObject();
      case Shape.Unrunnable unrunnable -> takes(unrunnable.shape(), value);
      case Shape.Either either -> either.shapes().stream().anyMatch(inner -> takes(inner, value));
    };
  }
}
