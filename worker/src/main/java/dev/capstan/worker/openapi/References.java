package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Follows {@code $ref} inside one document (Swagger 2.0, OpenAPI 3 and AsyncAPI, Reference Object).
 * References to other documents are not followed.
 *
 * @param root the document
 * @param kind what it is called in errors
 */
public record References(JsonNode root, String kind) {

  private static final int MOST_HOPS = 32;

  /** Those of an OpenAPI document. */
  References(JsonNode root) {
    this(root, "OpenAPI");
  }

  /**
   * What the node stands for: itself, or what its chain of references ends at.
   *
   * @throws dev.capstan.worker.executor.TaskFault when the chain leads out of the document, to
   *     nothing or in a circle
   */
  public JsonNode resolve(JsonNode node) {
    JsonNode at = node;
    for (int hop = 0; hop < MOST_HOPS; hop++) {
      String reference = reference(at);
      if (reference == null) {
        return at;
      }
      if (!reference.startsWith("#")) {
        throw Faults.document(
            kind,
            "The document refers to '"
                + reference
                + "'; only references within the document (#/...) are followed.");
      }
      at = target(reference);
      if (at.isMissingNode()) {
        throw Faults.document(
            kind, "The document refers to '" + reference + "', which it does not contain.");
      }
    }
    throw Faults.document(
        kind,
        "The reference '"
            + reference(node)
            + "' leads over more than "
            + MOST_HOPS
            + " others, or in a circle.");
  }

  /** Like {@link #resolve}, for what can be done without: a missing node instead of an error. */
  public JsonNode resolveIfPossible(JsonNode node) {
    JsonNode at = node;
    for (int hop = 0; hop < MOST_HOPS; hop++) {
      String reference = reference(at);
      if (reference == null) {
        return at;
      }
      at = reference.startsWith("#") ? target(reference) : MissingNode.getInstance();
    }
    return MissingNode.getInstance();
  }

  private static @Nullable String reference(JsonNode node) {
    return node.path("$ref").textValue();
  }

  private JsonNode target(String reference) {
    try {
      String fragment = reference.substring(1).replace("+", "%2B");
      return root.at(URLDecoder.decode(fragment, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return MissingNode.getInstance();
    }
  }
}
