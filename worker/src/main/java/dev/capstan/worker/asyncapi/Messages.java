package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.http.MediaType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Messages as workflows have them, objects of payload, headers and correlationId, and as they
 * travel. What the document says of messages counts for both: their type, and where their
 * correlation id is. Payloads are not checked against their schemas.
 */
final class Messages {

  private final List<JsonNode> described;
  private final String contentType;

  Messages(ApiDocument.Target target) {
    this.described = target.messages();
    String own =
        described.stream()
            .map(message -> message.path("contentType").asText(""))
            .filter(type -> !type.isEmpty())
            .findFirst()
            .orElse("");
    this.contentType = own.isEmpty() ? target.contentType() : own;
  }

  /** The binding of messages for a protocol; missing when there is none. */
  JsonNode binding(String family) {
    for (JsonNode message : described) {
      JsonNode binding = Protocols.binding(message, family);
      if (!binding.isMissingNode()) {
        return binding;
      }
    }
    return MissingNode.getInstance();
  }

  /**
   * The message to send.
   *
   * @param payload missing for none
   * @param headers an object
   */
  WireMessage outgoing(JsonNode payload, JsonNode headers) {
    Map<String, String> texts = new TreeMap<>();
    for (Map.Entry<String, JsonNode> header : headers.properties()) {
      if (!header.getValue().isNull()) {
        texts.put(header.getKey(), Json.text(header.getValue()));
      }
    }
    boolean none = payload.isMissingNode() || payload.isNull();
    String type = contentType.isEmpty() ? "application/json" : contentType;
    return new WireMessage(
        none ? new byte[0] : bytes(payload, type),
        texts,
        none ? null : type,
        correlationId(headers, payload));
  }

  private static byte[] bytes(JsonNode payload, String type) {
    MediaType media = MediaType.of(type);
    if (!media.isJson() && payload.isTextual()) {
      return payload.textValue().getBytes(StandardCharsets.UTF_8);
    }
    if (media.isJson() || media.isText()) {
      return Json.write(payload);
    }
    throw Documents.fault(
        "The content type of the message is '"
            + type
            + "'; what is sent must be JSON, or a string that already has that form.");
  }

  /** What is sent or was received, as a workflow has it. */
  static ObjectNode shown(JsonNode payload, JsonNode headers, @Nullable String correlationId) {
    ObjectNode message = Json.object();
    message.set("payload", payload.isMissingNode() ? NullNode.getInstance() : payload);
    message.set("headers", headers);
    if (correlationId != null) {
      message.put("correlationId", correlationId);
    }
    return message;
  }

  /** A message that came. */
  ObjectNode incoming(WireMessage message) {
    ObjectNode headers = Json.object();
    message.headers().forEach(headers::put);
    JsonNode payload = payload(message);
    String own = correlationId(headers, payload);
    return shown(payload, headers, own != null ? own : message.correlationId());
  }

  private JsonNode payload(WireMessage message) {
    String type = message.contentType() == null ? contentType : message.contentType();
    byte[] bytes = message.payload();
    if (type.isEmpty() || MediaType.of(type).isJson()) {
      try {
        return Json.read(bytes);
      } catch (IOException e) {
        // As a text, or whatever it is.
      }
    }
    try {
      return TextNode.valueOf(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return TextNode.valueOf(Base64.getEncoder().encodeToString(bytes));
    }
  }

  private @Nullable String correlationId(JsonNode headers, JsonNode payload) {
    for (JsonNode message : described) {
      String location = message.path("correlationId").path("location").asText("");
      JsonNode found = Locations.find(location, headers, payload);
      if (found.isValueNode() && !found.isMissingNode() && !found.isNull()) {
        return found.asText();
      }
    }
    return null;
  }
}
