package dev.capstan.dsl.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.nio.charset.StandardCharsets;

/** Reads YAML or JSON text. Stateless. */
public final class SourceReader {
  private SourceReader() {}

  /**
   * Reads {@code text}; a name that ends with {@code .json} wants JSON, otherwise a text that looks
   * like JSON may be either.
   *
   * @throws SourceException if it is neither, or exceeds the limits
   */
  public static SourceDocument read(String text, String name, SourceLimits limits)
      throws SourceException {
    refuseSize(text, limits);
    String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
    TreeBuilder.Grown root = readBody(body, name, limits);
    return new SourceDocument(root.value(), root.marks(), body);
  }

  /**
   * Takes a tree that never was text; all its places are unknown.
   *
   * @throws SourceException if it exceeds the limits
   */
  public static SourceDocument read(JsonNode root, SourceLimits limits) throws SourceException {
    TreeSize.refuse(root, limits);
    return SourceDocument.of(root);
  }

  private static TreeBuilder.Grown readBody(String text, String name, SourceLimits limits)
      throws SourceException {
    if (name.endsWith(".json")) {
      return JsonReader.read(text, limits);
    }
    if (!text.stripLeading().startsWith("{")) {
      return YamlReader.read(text, limits);
    }
    try {
      return JsonReader.read(text, limits);
    } catch (SourceException json) {
      if (json.code() != DiagnosticCode.JSON_SYNTAX) {
        throw json;
      }
      return readFlow(text, limits, json);
    }
  }

  /** YAML's flow style begins like JSON does. */
  private static TreeBuilder.Grown readFlow(String text, SourceLimits limits, SourceException json)
      throws SourceException {
    try {
      return YamlReader.read(text, limits);
    } catch (SourceException yaml) {
      boolean meantJson = text.stripLeading().substring(1).stripLeading().startsWith("\"");
      throw meantJson ? json : yaml;
    }
  }

  private static void refuseSize(String text, SourceLimits limits) throws SourceException {
    if (text.length() <= limits.bytes() / 3) {
      return;
    }
    long bytes =
        text.length() > limits.bytes()
            ? text.length()
            : text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > limits.bytes()) {
      throw new SourceException(
          DiagnosticCode.TEXT_TOO_LARGE,
          new Position(1, 1),
          "the text has " + bytes + " bytes; the limit is " + limits.bytes(),
          "split the workflow, or pass large data as input");
    }
  }
}
