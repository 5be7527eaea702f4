package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a value from text, for {@code fromjson} and {@code tonumber}; knows {@code nan} as jq does.
 */
final class JsonReader {
  private final Run run;
  private final String text;
  private int at;

  private JsonReader(Run run, String text) {
    this.run = run;
    this.text = text;
  }

  static JsonNode read(Run run, String text) {
    run.allocate(text.length());
    JsonReader reader = new JsonReader(run, text);
    JsonNode value = reader.value(1);
    reader.space();
    if (reader.at < text.length()) {
      throw reader.failure("Unexpected extra JSON values");
    }
    return value;
  }

  /** A number that is all of a text, or null. */
  static @Nullable JsonNode number(Run run, String text) {
    run.allocate(text.length());
    JsonReader reader = new JsonReader(run, text.strip());
    boolean negativeNan = reader.text.equals("-nan");
    if (negativeNan || reader.text.equals("nan")) {
      return run.nonFinite(Double.NaN);
    }
    int end = reader.numberEnd();
    return end == reader.text.length() && end > 0 ? Num.parse(reader.text) : null;
  }

  private JqException failure(String problem) {
    String position =
        at < text.length() ? " at line 1, column " + (at + 1) : " at EOF at line 1, column " + at;
    String quoted = text.substring(0, Math.min(60, text.length()));
    return JqException.error(problem + position + " (while parsing '" + quoted + "')");
  }

  private void space() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private JsonNode value(int level) {
    run.checkDepth(level);
    run.tick();
    space();
    if (at >= text.length()) {
      throw failure("Unfinished JSON term");
    }
    return switch (text.charAt(at)) {
      case '[' -> array(level);
      case '{' -> object(level);
      case '"' -> TextNode.valueOf(string());
      default -> scalar();
    };
  }

  private JsonNode scalar() {
    int end = numberEnd();
    if (end > at) {
      String number = text.substring(at, end);
      at = end;
      return Num.parse(number);
    }
    while (end < text.length() && Character.isLetter(text.charAt(end))) {
      end++;
    }
    JsonNode literal =
        switch (text.substring(at, end)) {
          case "null" -> NullNode.getInstance();
          case "true" -> Types.bool(true);
          case "false" -> Types.bool(false);
          case "nan", "NaN" -> run.nonFinite(Double.NaN);
          default -> throw failure(end == at ? "Invalid character" : "Invalid literal");
        };
    at = end;
    return literal;
  }

  private int digits(int from) {
    int end = from;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }

  /** The end of the number that starts here; here if there is none. */
  private int numberEnd() {
    int start = at < text.length() && text.charAt(at) == '-' ? at + 1 : at;
    int end = digits(start);
    int count = end - start;
    if (end < text.length() && text.charAt(end) == '.') {
      int fraction = digits(end + 1);
      count += fraction - end - 1;
      end = fraction;
    }
    if (count == 0) {
      return at;
    }
    if (end < text.length() && (text.charAt(end) == 'e' || text.charAt(end) == 'E')) {
      int sign =
          end + 1 < text.length() && "+-".indexOf(text.charAt(end + 1)) >= 0 ? end + 2 : end + 1;
      int exponent = digits(sign);
      return exponent > sign ? exponent : end;
    }
    return end;
  }

  private ArrayNode array(int level) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    at++;
    space();
    if (at < text.length() && text.charAt(at) == ']') {
      at++;
      return array;
    }
    do {
      array.add(value(level + 1));
      space();
    } while (more(']'));
    return array;
  }

  private ObjectNode object(int level) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    at++;
    space();
    if (at < text.length() && text.charAt(at) == '}') {
      at++;
      return object;
    }
    do {
      space();
      if (at >= text.length() || text.charAt(at) != '"') {
        throw failure("Object keys must be strings");
      }
      String key = string();
      space();
      if (at >= text.length() || text.charAt(at) != ':') {
        throw failure("Objects must consist of key:value pairs");
      }
      at++;
      object.set(key, value(level + 1));
      space();
    } while (more('}'));
    return object;
  }

  private boolean more(char close) {
    char c = at < text.length() ? text.charAt(at) : 0;
    if (c != ',' && c != close) {
      throw failure(
          at < text.length() ? "Expected separator between values" : "Unfinished JSON term");
    }
    at++;
    return c == ',';
  }

  private String string() {
    StringBuilder out = new StringBuilder();
    at++;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        run.tick(out.length() >> 3);
        return out.toString();
      }
      out.append(c == '\\' ? escape() : c);
    }
    throw failure("Unfinished string");
  }

  private char escape() {
    char c = at < text.length() ? text.charAt(at++) : 0;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'u' -> unicode();
      default -> throw failure("Invalid escape");
    };
  }

  private char unicode() {
    String hex = text.substring(at, Math.min(text.length(), at + 4)).toLowerCase(Locale.ROOT);
    int value = 0;
    for (int i = 0; i < hex.length(); i++) {
      int digit = Character.digit(hex.charAt(i), 16);
      value = digit < 0 || value < 0 ? -1 : value * 16 + digit;
    }
    if (hex.length() < 4 || value < 0) {
      throw failure("Invalid escape");
    }
    at += 4;
    return (char) value;
  }
}
