package dev.capstan.node.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON values from outside: read and measured within the limits. Safe for any thread. */
public final class Payload {
  /** Bytes of a character in JSON that is written as an escape, which is the longest form. */
  private static final long ESCAPED = 6;

  /** Quotes, colon, comma or brackets around a value. */
  private static final long OVERHEAD = 4;

  private final Limits limits;
  private final JsonMapper mapper;

  /** Values within these limits. */
  public Payload(Limits limits) {
    this.limits = limits;
    StreamReadConstraints constraints =
        StreamReadConstraints.builder()
            .maxNestingDepth(limits.payloadDepth())
            .maxStringLength(limits.payloadBytes())
            .build();
    mapper =
        JsonMapper.builder(JsonFactory.builder().streamReadConstraints(constraints).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
  }

  /**
   * A value that is not JSON, or is beyond a limit; the message says which, in words for its
   * sender.
   */
  public static final class Invalid extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean tooLarge;

    Invalid(String message, boolean tooLarge) {
      super(message, null, false, false);
      this.tooLarge = tooLarge;
    }

    /** Whether it is its size that is wrong. */
    public boolean tooLarge() {
      return tooLarge;
    }
  }

  /**
   * Parses one JSON document; no bytes at all are null.
   *
   * @param what the value is called in messages, such as {@code the result}
   */
  public JsonNode read(byte[] bytes, String what) throws Invalid {
    if (bytes.length > limits.payloadBytes()) {
      throw new Invalid(tooLarge(what, bytes.length), true);
    }
    if (bytes.length == 0) {
      return NullNode.getInstance();
    }
    try {
      JsonNode value = mapper.readTree(bytes);
      return value == null || value.isMissingNode() ? NullNode.getInstance() : value;
    } catch (JsonProcessingException e) {
      throw new Invalid(what + " is no JSON within the limits: " + e.getOriginalMessage(), false);
    } catch (IOException e) {
      throw new Invalid(what + " can't be read: " + e.getMessage(), false);
    }
  }

  /** The value as compact UTF-8. */
  public byte[] write(JsonNode value) {
    try {
      return mapper.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  /** What is wrong with a value that was read elsewhere; null when it is within the limits. */
  public @Nullable Invalid check(JsonNode value, String what) {
    if (isDeeperThan(value, limits.payloadDepth())) {
      return new Invalid(
          what + " is nested deeper than " + limits.payloadDepth() + " levels", false);
    }
    if (atMost(value) <= limits.payloadBytes()) {
      return null;
    }
    int size = write(value).length;
    return size > limits.payloadBytes() ? new Invalid(tooLarge(what, size), true) : null;
  }

  /**
   * A number of bytes that the value does not exceed as JSON, so that small values need not be
   * written to be measured. The value is no deeper than is allowed.
   */
  private static long atMost(JsonNode value) {
    if (value.isTextual()) {
      return OVERHEAD + ESCAPED * value.textValue().length();
    }
    if (!value.isContainerNode()) {
      return OVERHEAD + value.asText().length();
    }
    long size = OVERHEAD;
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      size += OVERHEAD + ESCAPED * member.getKey().length() + atMost(member.getValue());
    }
    if (value.isArray()) {
      for (JsonNode item : value) {
        size += atMost(item);
      }
    }
    return size;
  }

  private String tooLarge(String what, int size) {
    return what + " is " + size + " bytes of JSON; the limit is " + limits.payloadBytes();
  }

  private static boolean isDeeperThan(JsonNode value, int depth) {
    Deque<Iterator<JsonNode>> path = new ArrayDeque<>();
    path.push(value.iterator());
    while (!path.isEmpty()) {
      if (path.size() > depth) {
        return true;
      }
      Iterator<JsonNode> children = path.peek();
      if (!children.hasNext()) {
        path.pop();
        continue;
      }
      JsonNode child = children.next();
      if (child.isContainerNode()) {
        path.push(child.iterator());
      }
    }
    return false;
  }
}
