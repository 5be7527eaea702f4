package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Locale;

/**
 * Runtime expressions of AsyncAPI, which name a place in a message: {@code $message.header#/id}
 * (AsyncAPI, Runtime Expression).
 */
final class Locations {

  private static final String HEADER = "$message.header";

  private Locations() {}

  /**
   * The value at a place; missing when there is none, or the expression is none.
   *
   * @param headers an object
   */
  static JsonNode find(String expression, JsonNode headers, JsonNode payload) {
    int hash = expression.indexOf('#');
    String source = hash < 0 ? expression : expression.substring(0, hash);
    JsonNode from =
        switch (source) {
          case HEADER -> headers;
          case "$message.payload" -> payload;
          default -> MissingNode.getInstance();
        };
    try {
      String pointer = hash < 0 ? "" : expression.substring(hash + 1);
      JsonNode found = from.at(JsonPointer.compile(pointer));
      return found.isMissingNode() && source.equals(HEADER) ? ofHeader(headers, pointer) : found;
    } catch (IllegalArgumentException e) {
      return MissingNode.getInstance();
    }
  }

  /** Some protocols do not keep the case of headers' names. */
  private static JsonNode ofHeader(JsonNode headers, String pointer) {
    for (var header : headers.properties()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (pointer.toLowerCase(Locale.ROOT).equals("/" + name)) {
        return header.getValue();
      }
    }
    return MissingNode.getInstance();
  }
}
