package dev.capstan.server.http.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.server.gateway.Refusal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON and UTF-8 text from outside, read strictly (RFC 8259): one value, no member twice, no number
 * beyond a double's range, no half of a surrogate pair, and bounded depth. What passes can be
 * written again by everybody.
 */
public final class JsonText {
  /** How deep values may be nested. */
  public static final int MAX_DEPTH = 256;

  /** How many characters a number may have. */
  public static final int MAX_NUMBER_LENGTH = 256;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxNumberLength(MAX_NUMBER_LENGTH)
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonText() {}

  /**
   * The value of a text.
   *
   * @throws Refusal with line and column
   */
  public static JsonNode parse(byte[] utf8) {
    return parse(utf8, "the body");
  }

  /**
   * The same, for something else than a body.
   *
   * @param what how to call it in a refusal
   */
  public static JsonNode parse(byte[] utf8, String what) {
    String text = decode(utf8, what);
    if (text.isBlank()) {
      throw refusal(what + " is empty, and must be JSON", 0, 0);
    }
    try (JsonParser parser = MAPPER.getFactory().createParser(text)) {
      JsonNode value = MAPPER.readTree(parser);
      if (value.isMissingNode()) {
        throw refusal(what + " is empty, and must be JSON", 0, 0);
      }
      if (parser.nextToken() != null) {
        JsonLocation at = parser.currentTokenLocation();
        throw refusal(what + " goes on after its JSON value", at.getLineNr(), at.getColumnNr());
      }
      String fault = unwritable(value, "");
      if (fault != null) {
        throw refusal(fault, 0, 0);
      }
      return value;
    } catch (StreamConstraintsException e) {
      throw refusal(what + " is beyond a limit: " + firstLine(e) + limits(), line(e), column(e));
    } catch (JsonProcessingException e) {
      throw refusal(what + " is not JSON: " + firstLine(e), line(e), column(e));
    } catch (java.io.IOException e) {
      throw refusal(what + " could not be read: " + e.getMessage(), 0, 0);
    }
  }

  /**
   * Text of UTF-8 bytes.
   *
   * @param what how to call it in a refusal
   * @throws Refusal that says at which byte it is something else
   */
  public static String decode(byte[] utf8, String what) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer bytes = ByteBuffer.wrap(utf8);
    java.nio.CharBuffer chars = java.nio.CharBuffer.allocate(utf8.length);
    CoderResult result = decoder.decode(bytes, chars, true);
    try {
      if (result.isError()) {
        result.throwException();
      }
      decoder.flush(chars);
      return chars.flip().toString();
    } catch (CharacterCodingException e) {
      throw refusal(what + " is not UTF-8: byte " + bytes.position() + " does not fit", 0, 0);
    }
  }

  /** A value as compact JSON in UTF-8. */
  public static byte[] write(JsonNode value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree that can't be written", e);
    }
  }

  /** A value as JSON for people. */
  public static String pretty(JsonNode value) {
    return value.toPrettyString();
  }

  /** Why a value could not be written again, null when it can. */
  private static @Nullable String unwritable(JsonNode value, String pointer) {
    if (value.isTextual()) {
      return hasLoneSurrogate(value.textValue())
          ? "half of a surrogate pair in the text at \"" + pointer + "\""
          : null;
    }
    if (value.isFloatingPointNumber()) {
      return Double.isFinite(value.doubleValue())
          ? null
          : "the number at \"" + pointer + "\" is beyond a double's range";
    }
    if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        String fault = unwritable(value.get(i), pointer + "/" + i);
        if (fault != null) {
          return fault;
        }
      }
    }
    for (var member : value.properties()) {
      String fault =
          hasLoneSurrogate(member.getKey())
              ? "half of a surrogate pair in a member's name at \"" + pointer + "\""
              : unwritable(member.getValue(), pointer + "/" + Pointers.escape(member.getKey()));
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return true;
        }
        i++;
      }
    }
    return false;
  }

  private static Refusal refusal(String message, int line, int column) {
    String code = Refusal.Code.INVALID_REQUEST.id();
    return new Refusal(
        Refusal.Code.INVALID_REQUEST,
        message + (line > 0 ? " (line " + line + ", column " + column + ")" : ""),
        null,
        null,
        List.of(new Refusal.Detail(code, "", line, column, message, null)));
  }

  private static String limits() {
    return "; at most "
        + MAX_DEPTH
        + " levels and "
        + MAX_NUMBER_LENGTH
        + " characters for a number";
  }

  private static int line(JsonProcessingException e) {
    return e.getLocation() == null ? 0 : e.getLocation().getLineNr();
  }

  private static int column(JsonProcessingException e) {
    return e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
  }

  private static String firstLine(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
