package dev.capstan.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.worker.authentication.Secrets;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * An answer as the output of a task (DSL reference, HTTP call, {@code output}). {@code content}
 * goes by the content type: JSON becomes JSON, text a string, anything else a string of base 64.
 * Without a content type it is text if it is valid UTF-8. No content is null.
 */
final class HttpOutput {

  private HttpOutput() {}

  static JsonNode of(Answer answer) {
    return switch (answer.request().output()) {
      case "raw" -> raw(answer);
      case "response" -> response(answer);
      default -> content(answer);
    };
  }

  private static JsonNode raw(Answer answer) {
    return answer.content().length == 0 ? NullNode.getInstance() : base64(answer.content());
  }

  private static JsonNode response(Answer answer) {
    HttpCall call = answer.request();
    ObjectNode request = Json.object();
    request.put("method", call.method());
    request.put("uri", uri(call));
    request.set("headers", requestHeaders(call));
    ObjectNode response = Json.object();
    response.set("request", request);
    response.put("statusCode", answer.status());
    response.set("headers", headers(answer.headers().map()));
    response.set("content", content(answer));
    return response;
  }

  private static JsonNode content(Answer answer) {
    byte[] content = answer.content();
    if (content.length == 0) {
      return NullNode.getInstance();
    }
    String header = answer.headers().firstValue("content-type").orElse("");
    MediaType type = MediaType.of(header);
    if (type.isJson()) {
      return json(answer);
    }
    if (type.isText()) {
      return TextNode.valueOf(new String(content, type.charset()));
    }
    return type.name().isEmpty() ? textIfValid(content) : base64(content);
  }

  private static JsonNode json(Answer answer) {
    try {
      return Json.read(answer.content());
    } catch (IOException e) {
      throw new TaskFault(Failures.notJson(answer));
    }
  }

  private static JsonNode textIfValid(byte[] content) {
    try {
      return TextNode.valueOf(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
    } catch (CharacterCodingException notText) {
      return base64(content);
    }
  }

  private static JsonNode base64(byte[] content) {
    return TextNode.valueOf(Base64.getEncoder().encodeToString(content));
  }

  private static String uri(HttpCall call) {
    String query = call.uri().getRawQuery();
    String shown = Endpoint.shown(call.uri());
    return query == null ? shown : shown + "?" + call.secrets().redact(query);
  }

  /** Credentials are hidden: outputs are history. */
  private static ObjectNode requestHeaders(HttpCall call) {
    ObjectNode object = headers(call.headers());
    for (Map.Entry<String, JsonNode> header : object.properties()) {
      String value = header.getValue().textValue();
      boolean hidden = Secrets.sensitive(header.getKey());
      object.put(header.getKey(), hidden ? Secrets.HIDDEN : call.secrets().redact(value));
    }
    return object;
  }

  /** Names in lower case, several values joined as HTTP does it. */
  private static ObjectNode headers(Map<String, List<String>> headers) {
    ObjectNode object = Json.object();
    new TreeMap<>(headers)
        .forEach(
            (name, values) -> object.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
    object.remove(":status");
    return object;
  }
}
