package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;

/** One document, read. Immutable. */
final class ApiDocument {

  private final References references;
  private final Dialect dialect;
  private final Listing listing;

  private ApiDocument(References references, Dialect dialect, Listing listing) {
    this.references = references;
    this.dialect = dialect;
    this.listing = listing;
  }

  /**
   * Reads a document in JSON or YAML.
   *
   * @param uri where it was found; relative servers are relative to it
   * @throws dev.capstan.worker.executor.TaskFault of type {@code configuration} when it is no
   *     document of a version that is understood
   */
  static ApiDocument of(byte[] content, URI uri) {
    JsonNode root = DocumentText.read(content, uri, "OpenAPI");
    References references = new References(root);
    return new ApiDocument(
        references, dialect(references, uri), Listing.of(root.path("paths"), references));
  }

  /** The operation of this id, with all that it refers to. */
  Operation operation(String id) {
    return Operation.of(listing.get(id), references, dialect);
  }

  private static Dialect dialect(References references, URI uri) {
    JsonNode root = references.root();
    String swagger = root.path("swagger").asText();
    String openapi = root.path("openapi").asText();
    if (swagger.equals("2.0") || swagger.equals("2")) {
      return new Swagger2(references, uri);
    }
    if (openapi.equals("3") || openapi.startsWith("3.")) {
      return new OpenApi3(references, uri);
    }
    String version = swagger.isEmpty() ? openapi : swagger;
    throw Faults.document(
        Sources.shown(uri)
            + (version.isEmpty()
                ? " is not an OpenAPI document: it has neither 'openapi' nor 'swagger'."
                : " is of version '" + version + "'; Swagger 2.0 and OpenAPI 3 are understood."));
  }
}
