package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Documents in JSON or YAML as trees. */
public final class DocumentText {

  private DocumentText() {}

  /**
   * Reads a document.
   *
   * @param uri where it was found
   * @param kind what it should be, for errors
   * @throws dev.capstan.worker.executor.TaskFault of type {@code configuration} when it is neither
   *     JSON nor YAML
   */
  public static JsonNode read(byte[] content, URI uri, String kind) {
    String text = new String(content, StandardCharsets.UTF_8);
    if (text.startsWith("\uFEFF")) {
      text = text.substring(1);
    }
    if (text.stripLeading().startsWith("{")) {
      try {
        return Json.read(content);
      } catch (IOException notJson) {
        // May still be YAML in its flow style.
      }
    }
    try {
      return YamlTree.read(text);
    } catch (YamlTree.NotYaml e) {
      throw Faults.document(
          kind,
          shown(uri)
              + " is not an "
              + kind
              + " document: neither JSON nor YAML: "
              + e.getMessage()
              + ".");
    }
  }

  /** Where a document is from, without what may be secret in it: for errors. */
  public static String shown(URI uri) {
    return Sources.shown(uri);
  }
}
