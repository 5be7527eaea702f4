package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * An object as a form of several parts (RFC 7578). An array is several parts of one name, an object
 * a part of JSON, null no part. Files are texts.
 */
record Multipart(String boundary, String text) {

  static Multipart of(JsonNode form, Set<String> files) {
    String boundary = "capstan-" + UUID.randomUUID();
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, JsonNode> field : form.properties()) {
      boolean file = files.contains(field.getKey());
      JsonNode value = field.getValue();
      for (JsonNode each : value.isArray() ? value : List.of(value)) {
        if (!each.isNull()) {
          part(text, boundary, field.getKey(), each, file);
        }
      }
    }
    return new Multipart(boundary, text.append("--").append(boundary).append("--\r\n").toString());
  }

  String contentType() {
    return Body.MULTIPART + "; boundary=" + boundary;
  }

  private static void part(
      StringBuilder text, String boundary, String name, JsonNode value, boolean file) {
    String quoted = "\"" + escaped(name) + "\"";
    text.append("--").append(boundary).append("\r\n");
    text.append("Content-Disposition: form-data; name=").append(quoted);
    if (file) {
      text.append("; filename=").append(quoted);
      text.append("\r\nContent-Type: application/octet-stream");
    } else if (value.isContainerNode()) {
      text.append("\r\nContent-Type: application/json");
    }
    text.append("\r\n\r\n").append(Json.text(value)).append("\r\n");
  }

  private static String escaped(String name) {
    return name.replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
  }
}
