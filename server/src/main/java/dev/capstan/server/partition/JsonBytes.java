package dev.capstan.server.partition;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;

/**
 * JSON values as UTF-8 text, straight into a {@link RowWriter} and back. Reading what was written
 * gives an equal value: half a surrogate pair is escaped, integers stay exact, and decimals are
 * doubles unless that loses digits.
 */
public final class JsonBytes {
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };
  private static final int DEPTH = 2_000;
  private static final int EXACT_DIGITS = 15;

  /** What is stored was checked when it came in; the bounds here only stop damaged rows. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(100_000)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private JsonBytes() {}

  /** The text of a value. */
  public static byte[] of(JsonNode value) {
    RowWriter writer = new RowWriter(256);
    write(value, writer);
    return writer.toBytes();
  }

  static void write(JsonNode value, RowWriter out) {
    write(value, out, 0);
  }

  private static void write(JsonNode value, RowWriter out, int depth) {
    if (depth > DEPTH) {
      throw new IllegalArgumentException("JSON is nested more than " + DEPTH + " levels deep");
    }
    switch (value.getNodeType()) {
      case OBJECT -> object(value, out, depth);
      case ARRAY -> array(value, out, depth);
      case STRING -> string(value.textValue(), out);
      case NUMBER -> number(value, out);
      case BOOLEAN -> out.ascii(value.booleanValue() ? "true" : "false");
      case NULL, MISSING -> out.ascii("null");
      case BINARY -> string(binary(value), out);
      case POJO -> throw new IllegalArgumentException("not JSON: " + value.getClass().getName());
    }
  }

  private static void object(JsonNode value, RowWriter out, int depth) {
    out.raw('{');
    Iterator<Map.Entry<String, JsonNode>> members = value.properties().iterator();
    while (members.hasNext()) {
      Map.Entry<String, JsonNode> member = members.next();
      string(member.getKey(), out);
      out.raw(':');
      write(member.getValue(), out, depth + 1);
      if (members.hasNext()) {
        out.raw(',');
      }
    }
    out.raw('}');
  }

  private static void array(JsonNode value, RowWriter out, int depth) {
    out.raw('[');
    for (int i = 0; i < value.size(); i++) {
      if (i > 0) {
        out.raw(',');
      }
      write(value.get(i), out, depth + 1);
    }
    out.raw(']');
  }

  private static void number(JsonNode value, RowWriter out) {
    boolean finite =
        (!value.isDouble() && !value.isFloat()) || Double.isFinite(value.doubleValue());
    out.ascii(finite ? value.asText() : "null");
  }

  private static void string(String value, RowWriter out) {
    out.raw('"');
    int length = value.length();
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c < 0x80) {
        if (c < 0x20 || c == '"' || c == '\\') {
          escape(c, out);
        } else {
          out.raw(c);
        }
      } else if (!Character.isSurrogate(c)) {
        out.codePoint(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < length
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        out.codePoint(Character.toCodePoint(c, value.charAt(++i)));
      } else {
        escape(c, out);
      }
    }
    out.raw('"');
  }

  private static void escape(char c, RowWriter out) {
    out.raw('\\');
    switch (c) {
      case '"', '\\' -> out.raw(c);
      case '\n' -> out.raw('n');
      case '\r' -> out.raw('r');
      case '\t' -> out.raw('t');
      default -> {
        out.raw('u');
        for (int shift = 12; shift >= 0; shift -= 4) {
          out.raw(HEX[c >> shift & 0xF]);
        }
      }
    }
  }

  private static String binary(JsonNode value) {
    try {
      return Base64.getEncoder().encodeToString(value.binaryValue());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The value of a text.
   *
   * @throws IllegalStateException if the bytes are not one JSON value, which means that the row is
   *     damaged
   */
  public static JsonNode read(ByteString bytes) {
    try (InputStream in = bytes.newInput();
        JsonParser parser = FACTORY.createParser(in)) {
      parser.nextToken();
      return read(parser);
    } catch (IOException e) {
      throw new IllegalStateException("a stored value is no JSON: " + e.getMessage(), e);
    }
  }

  private static JsonNode read(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          object.set(name, read(parser));
        }
        yield object;
      }
      case START_ARRAY -> {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(read(parser));
        }
        yield array;
      }
      case VALUE_STRING -> TextNode.valueOf(parser.getText());
      case VALUE_NUMBER_INT -> integer(parser);
      case VALUE_NUMBER_FLOAT -> decimal(parser.getText());
      case VALUE_TRUE -> BooleanNode.TRUE;
      case VALUE_FALSE -> BooleanNode.FALSE;
      case VALUE_NULL -> NullNode.getInstance();
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
          throw new IOException("unexpected " + token);
      case null -> throw new IOException("nothing there");
    };
  }

  private static JsonNode integer(JsonParser parser) throws IOException {
    return switch (parser.getNumberType()) {
      case INT -> IntNode.valueOf(parser.getIntValue());
      case LONG -> LongNode.valueOf(parser.getLongValue());
      case BIG_INTEGER, FLOAT, DOUBLE, BIG_DECIMAL ->
          BigIntegerNode.valueOf(parser.getBigIntegerValue());
    };
  }

  private static JsonNode decimal(String text) {
    double nearest = Double.parseDouble(text);
    if (text.length() <= EXACT_DIGITS && text.indexOf('e') < 0 && text.indexOf('E') < 0) {
      return DoubleNode.valueOf(nearest);
    }
    BigDecimal exact = new BigDecimal(text);
    boolean lossless =
        Double.isFinite(nearest) && new BigDecimal(Double.toString(nearest)).compareTo(exact) == 0;
    return lossless ? DoubleNode.valueOf(nearest) : DecimalNode.valueOf(exact);
  }
}
