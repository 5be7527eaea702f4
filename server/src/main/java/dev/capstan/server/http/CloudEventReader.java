package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.json.JsonText;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and checks cloud events (CloudEvents 1.0.2, its JSON format and HTTP binding). */
final class CloudEventReader {
  private static final Pattern ATTRIBUTE = Pattern.compile("[a-z0-9]{1,40}");
  private static final List<String> REQUIRED = List.of("id", "source", "type");

  private CloudEventReader() {}

  /** An event of the JSON format. {@code pointer} is where it stands. */
  static CloudEvent structured(JsonNode json, String pointer) {
    if (!(json instanceof ObjectNode object)) {
      throw invalid(pointer, "a cloud event is an object", null);
    }
    for (var member : object.properties()) {
      String name = member.getKey();
      if (name.equals("data") || name.equals("data_base64")) {
        continue;
      }
      if (!ATTRIBUTE.matcher(name).matches()) {
        throw invalid(
            pointer,
            "\"" + name + "\" can't be an attribute of a cloud event",
            "letters a-z and digits only");
      }
      if (member.getValue().isContainerNode()) {
        throw invalid(
            pointer,
            "the attribute \"" + name + "\" is not a simple value",
            "put it under \"data\"");
      }
    }
    if (object.has("data") && object.has("data_base64")) {
      throw invalid(pointer, "an event has either \"data\" or \"data_base64\"", null);
    }
    return checked(object, pointer);
  }

  /** An event whose attributes are headers and whose data is the body. */
  static CloudEvent binary(Map<String, String> headers, String mediaType, byte[] body) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    headers.forEach((name, value) -> {
      if (name.startsWith("ce-")) {
        event.put(name.substring("ce-".length()), Query.decode(unquoted(value), false));
      }
    });
    if (event.isEmpty()) {
      throw new HttpFault(
          HttpFault.Code.UNSUPPORTED_MEDIA_TYPE,
          "the request is no cloud event: it has neither ce- headers nor a media type of one",
          "Content-Type: application/cloudevents+json, or headers ce-id, ce-source, ce-type and ce-specversion");
    }
    if (!mediaType.isEmpty()) {
      event.put("datacontenttype", mediaType);
    }
    if (body.length > 0) {
      data(event, mediaType, body);
    }
    return structured(event, "");
  }

  private static void data(ObjectNode event, String mediaType, byte[] body) {
    if (mediaType.isEmpty()
        || mediaType.equals("application/json")
        || mediaType.endsWith("+json")) {
      event.set("data", JsonText.parse(body));
    } else if (mediaType.startsWith("text/")) {
      event.put("data", JsonText.decode(body, "the body"));
    } else {
      event.put("data_base64", Base64.getEncoder().encodeToString(body));
    }
  }

  private static CloudEvent checked(ObjectNode event, String pointer) {
    String version = event.path("specversion").asText("");
    if (!version.equals("1.0")) {
      throw invalid(
          pointer + "/specversion",
          "\"specversion\" must be \"1.0\", not \"" + version + "\"",
          null);
    }
    for (String name : REQUIRED) {
      JsonNode value = event.get(name);
      if (value == null || !value.isTextual() || value.textValue().isEmpty()) {
        throw invalid(
            pointer + "/" + name, "the attribute \"" + name + "\" is missing or empty", null);
      }
    }
    if (!isUriReference(event.get("source").textValue())) {
      throw invalid(pointer + "/source", "\"source\" is no URI reference", null);
    }
    if (event.has("time") && !isTime(event.get("time").asText())) {
      throw invalid(
          pointer + "/time", "\"time\" is no RFC 3339 time", "such as 2026-11-22T10:15:30Z");
    }
    return new CloudEvent(event);
  }

  static Refusal invalid(String pointer, String message, @Nullable String hint) {
    String code = Refusal.Code.INVALID_REQUEST.id();
    return new Refusal(
        Refusal.Code.INVALID_REQUEST,
        message,
        hint,
        null,
        List.of(new Refusal.Detail(code, pointer, 0, 0, message, hint)));
  }

  /** Header values may stand in quotes (HTTP binding, 3.1.3.2). */
  private static String unquoted(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return quoted
        ? value.substring(1, value.length() - 1).replace("\\\"", "\"").replace("\\\\", "\\")
        : value;
  }

  private static boolean isUriReference(String text) {
    try {
      return new URI(text) != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static boolean isTime(String text) {
    try {
      return OffsetDateTime.parse(text) != null;
    } catch (DateTimeParseException e) {
      return false;
    }
  }
}
