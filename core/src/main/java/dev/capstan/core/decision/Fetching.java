package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** How a node fetches a document that an execution needs: by a plain {@code call:http}. */
final class Fetching {
  /** What a node must be able to run for it. */
  static final String KIND = "call:http";

  /** Documents of one sort an execution fetches at most. */
  static final int MOST = 100;

  private Fetching() {}

  /** The arguments of the call. */
  static JsonNode arguments(ObjectNode endpoint) {
    ObjectNode arguments = JsonNodeFactory.instance.objectNode();
    arguments.put("method", "get");
    arguments.set("endpoint", endpoint);
    arguments.put("output", "raw");
    arguments.put("redirect", true);
    return arguments;
  }

  /** What a node has fetched, which comes in base 64; nothing if it is that not. */
  static String text(JsonNode content) {
    try {
      return new String(Base64.getDecoder().decode(content.asText("")), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
