package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Swagger 2.0, also known as OpenAPI 2.
 *
 * @param uri where the document was found
 */
record Swagger2(References references, URI uri) implements Dialect {

  @Override
  public String server(Listing.Entry entry) {
    JsonNode root = references.root();
    String host = root.path("host").asText();
    if (host.isEmpty()) {
      if (!Sources.hasServer(uri)) {
        throw Faults.document(
            "The document names no 'host', and was not read from an HTTP server that could be it.");
      }
      host = uri.getRawAuthority();
    }
    String path = root.path("basePath").asText();
    String base = scheme(entry) + "://" + host + (path.startsWith("/") ? path : "/" + path);
    return base.replaceAll("/+$", "");
  }

  /** The document's own scheme if it is allowed, so that one server is called in one way. */
  private String scheme(Listing.Entry entry) {
    List<String> schemes = texts(own(entry, "schemes"));
    String source = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (Sources.isHttp(source) && (schemes.isEmpty() || schemes.contains(source))) {
      return source;
    }
    if (schemes.isEmpty() || schemes.contains("https")) {
      return "https";
    }
    if (schemes.contains("http")) {
      return "http";
    }
    throw Faults.document(
        "The operation '"
            + entry.id()
            + "' has the schemes "
            + String.join(", ", schemes)
            + "; http and https can be called.");
  }

  @Override
  public Parameter parameter(JsonNode definition, Location in) {
    String format = definition.path("collectionFormat").asText();
    Style style =
        switch (format) {
          case "ssv" -> Style.SPACES;
          case "tsv" -> Style.TABS;
          case "pipes" -> Style.PIPES;
          default -> Style.FORM;
        };
    return new Parameter(
        definition.path("name").asText(),
        in,
        definition.path("required").asBoolean(),
        style,
        format.equals("multi"),
        definition.path("format").asText().equals("password"));
  }

  @Override
  public @Nullable Body body(Listing.Entry entry, List<JsonNode> parameters) {
    List<String> consumes = texts(own(entry, "consumes"));
    Set<String> fields = new LinkedHashSet<>();
    Set<String> files = new LinkedHashSet<>();
    for (JsonNode parameter : parameters) {
      String name = parameter.path("name").asText();
      switch (parameter.path("in").asText()) {
        case "body" -> {
          return whole(parameter, consumes);
        }
        case "formData" -> {
          fields.add(name);
          if (parameter.path("type").asText().equals("file")) {
            files.add(name);
          }
        }
        default -> {}
      }
    }
    if (fields.isEmpty()) {
      return null;
    }
    boolean multipart =
        !files.isEmpty() || (consumes.contains(Body.MULTIPART) && !consumes.contains(Body.FORM));
    return new Body(
        Set.of(),
        false,
        multipart ? Body.MULTIPART : Body.FORM,
        new Members(false, Set.of(), files));
  }

  private Body whole(JsonNode parameter, List<String> consumes) {
    String type = ContentTypes.toSend(consumes);
    String contentType = ContentTypes.concrete(type == null ? "application/json" : type);
    Set<String> names = new LinkedHashSet<>();
    names.add(parameter.path("name").asText("body"));
    names.add("body");
    return new Body(
        names,
        parameter.path("required").asBoolean(),
        contentType,
        ContentTypes.holdsMembers(contentType)
            ? Members.of(parameter.path("schema"), references)
            : Members.NONE);
  }

  @Override
  public Collection<String> answers(Listing.Entry entry) {
    return texts(own(entry, "produces"));
  }

  @Override
  public JsonNode securitySchemes() {
    return references.root().path("securityDefinitions");
  }

  /** What the operation says, or else the document. */
  private JsonNode own(Listing.Entry entry, String field) {
    JsonNode own = entry.operation().path(field);
    return own.isArray() ? own : references.root().path(field);
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(each.asText()));
    return texts;
  }
}
