package dev.capstan.dsl.compile;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * One text for equal JSON values: keys in the order of their UTF-16 units, no white space, numbers
 * without needless digits. Its hash is a definition's identity, so its form never changes.
 */
public final class CanonicalJson {
  private CanonicalJson() {}

  /** SHA-256 of the canonical text in UTF-8, in lower-case hexadecimal. */
  public static String hash(JsonNode value) {
    StringBuilder text = new StringBuilder();
    write(value, text);
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(digest.digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void write(JsonNode value, StringBuilder text) {
    switch (value.getNodeType()) {
      case OBJECT -> writeObject(value, text);
      case ARRAY -> writeArray(value, text);
      case STRING -> writeString(value.textValue(), text);
      case NUMBER -> text.append(number(value.decimalValue()));
      case BOOLEAN -> text.append(value.booleanValue());
      case NULL, MISSING -> text.append("null");
      case BINARY, POJO -> throw new IllegalArgumentException("not a JSON value: " + value);
    }
  }

  private static void writeObject(JsonNode object, StringBuilder text) {
    Map<String, JsonNode> sorted = new TreeMap<>();
    object.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
    char before = '{';
    for (Map.Entry<String, JsonNode> field : sorted.entrySet()) {
      text.append(before);
      writeString(field.getKey(), text);
      text.append(':');
      write(field.getValue(), text);
      before = ',';
    }
    text.append(sorted.isEmpty() ? "{}" : "}");
  }

  private static void writeArray(JsonNode array, StringBuilder text) {
    char before = '[';
    for (JsonNode item : array) {
      text.append(before);
      write(item, text);
      before = ',';
    }
    text.append(array.isEmpty() ? "[]" : "]");
  }

  private static void writeString(String value, StringBuilder text) {
    text.append('"');
    JsonStringEncoder.getInstance().quoteAsString(value, text);
    text.append('"');
  }

  private static String number(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toString();
  }
}
