package dev.capstan.dsl.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.util.regex.Pattern;

/** What unquoted YAML text means (YAML 1.2.2, 10.3.2: the tags of the core schema). */
final class PlainScalar {
  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]+");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?(?:\\.[0-9]+|[0-9]+(?:\\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?");
  private static final Pattern OCTAL = Pattern.compile("0o[0-7]+");
  private static final Pattern HEXADECIMAL = Pattern.compile("0x[0-9a-fA-F]+");

  private PlainScalar() {}

  static JsonNode resolve(String text, Position position, SourceLimits limits)
      throws SourceException {
    if (text.isEmpty()) {
      return NullNode.getInstance();
    }
    char first = text.charAt(0);
    if ((first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.') {
      return numberOrText(text, position, limits);
    }
    return switch (text) {
      case "~", "null", "Null", "NULL" -> NullNode.getInstance();
      case "true", "True", "TRUE" -> BooleanNode.TRUE;
      case "false", "False", "FALSE" -> BooleanNode.FALSE;
      default -> TextNode.valueOf(text);
    };
  }

  private static JsonNode numberOrText(String text, Position position, SourceLimits limits)
      throws SourceException {
    if (WHOLE.matcher(text).matches()) {
      return number(text, true, position, limits);
    }
    if (DECIMAL.matcher(text).matches()) {
      return number(text, false, position, limits);
    }
    if (OCTAL.matcher(text).matches()) {
      return radix(text, 8, position, limits);
    }
    if (HEXADECIMAL.matcher(text).matches()) {
      return radix(text, 16, position, limits);
    }
    return switch (text) {
      case ".inf",
          ".Inf",
          ".INF",
          "-.inf",
          "-.Inf",
          "-.INF",
          "+.inf",
          "+.Inf",
          "+.INF",
          ".nan",
          ".NaN",
          ".NAN" ->
          throw new SourceException(
              DiagnosticCode.BAD_NUMBER,
              position,
              "JSON has no number " + text,
              "put it in quotes if it is a text");
      default -> TextNode.valueOf(text);
    };
  }

  /** Reads a number that is known to be one. */
  static JsonNode number(String text, boolean whole, Position position, SourceLimits limits)
      throws SourceException {
    if (text.length() > limits.numberLength()) {
      throw tooLong(position, limits);
    }
    String digits = text.startsWith("+") ? text.substring(1) : text;
    JsonNode value = whole ? Numbers.integer(digits, 10) : Numbers.decimal(digits);
    if (value == null) {
      throw new SourceException(
          DiagnosticCode.BAD_NUMBER,
          position,
          "the number " + text + " is out of range",
          "put it in quotes if it is a text");
    }
    return value;
  }

  private static JsonNode radix(String text, int radix, Position position, SourceLimits limits)
      throws SourceException {
    if (text.length() > limits.numberLength()) {
      throw tooLong(position, limits);
    }
    return Numbers.integer(text.substring(2), radix);
  }

  private static SourceException tooLong(Position position, SourceLimits limits) {
    return new SourceException(
        DiagnosticCode.BAD_NUMBER,
        position,
        "a number has more than " + limits.numberLength() + " digits",
        "put it in quotes if it is a text");
  }
}
