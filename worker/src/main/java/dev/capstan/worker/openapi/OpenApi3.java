package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.capstan.worker.http.Percent;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * OpenAPI 3.0, 3.1 and 3.2.
 *
 * @param uri where the document was found
 */
record OpenApi3(References references, URI uri) implements Dialect {

  private static final Pattern VARIABLE = Pattern.compile("\\{([^{}]*)}");

  @Override
  public String server(Listing.Entry entry) {
    JsonNode server = MissingNode.getInstance();
    for (JsonNode level : List.of(entry.operation(), entry.item(), references.root())) {
      if (server.isMissingNode()) {
        server = level.path("servers").path(0);
      }
    }
    String written = server.path("url").asText("/");
    return absolute(withDefaults(written, server.path("variables"))).replaceAll("/+$", "");
  }

  private static String withDefaults(String url, JsonNode variables) {
    return VARIABLE
        .matcher(url)
        .replaceAll(variable -> {
          JsonNode value = variables.path(variable.group(1)).path("default");
          if (!value.isValueNode() || value.isNull()) {
            throw Faults.document(
                "The server '"
                    + url
                    + "' has the variable '"
                    + variable.group(1)
                    + "' without a default.");
          }
          return Matcher.quoteReplacement(value.asText());
        });
  }

  private String absolute(String url) {
    URI server;
    try {
      URI written = URI.create(Percent.lenient(url.isEmpty() ? "/" : url.strip()));
      if (!written.isAbsolute() && !Sources.hasServer(uri)) {
        throw Faults.document(
            "The server '"
                + url
                + "' is relative to the document, which was not read from an HTTP server.");
      }
      server = uri.resolve(written);
    } catch (IllegalArgumentException e) {
      throw Faults.document("The server '" + url + "' is not a URI.");
    }
    if (!Sources.hasServer(server)) {
      throw Faults.document("The server '" + url + "' must begin with http:// or https://.");
    }
    return server.getScheme() + "://" + server.getRawAuthority() + server.getRawPath();
  }

  @Override
  public Parameter parameter(JsonNode definition, Location in) {
    JsonNode schema = references.resolveIfPossible(definition.path("schema"));
    boolean form = in == Location.QUERY || in == Location.COOKIE;
    Style style = definition.has("content") ? Style.JSON : style(definition, form);
    return new Parameter(
        definition.path("name").asText(),
        in,
        definition.path("required").asBoolean(),
        style,
        definition.path("explode").asBoolean(style == Style.FORM),
        schema.path("format").asText().equals("password"));
  }

  private static Style style(JsonNode definition, boolean form) {
    return switch (definition.path("style").asText()) {
      case "form" -> Style.FORM;
      case "spaceDelimited" -> Style.SPACES;
      case "pipeDelimited" -> Style.PIPES;
      case "deepObject" -> Style.DEEP_OBJECT;
      case "simple" -> Style.SIMPLE;
      case "label" -> Style.LABEL;
      case "matrix" -> Style.MATRIX;
      default -> form ? Style.FORM : Style.SIMPLE;
    };
  }

  @Override
  public @Nullable Body body(Listing.Entry entry, List<JsonNode> parameters) {
    JsonNode written = entry.operation().path("requestBody");
    if (!written.isObject()) {
      return null;
    }
    JsonNode body = references.resolve(written);
    JsonNode content = body.path("content");
    List<String> types = new ArrayList<>();
    content.fieldNames().forEachRemaining(types::add);
    String type = ContentTypes.toSend(types);
    JsonNode schema = type == null ? MissingNode.getInstance() : content.path(type).path("schema");
    String contentType = ContentTypes.concrete(type == null ? "application/json" : type);
    return new Body(
        Set.of("body"),
        body.path("required").asBoolean(),
        contentType,
        ContentTypes.holdsMembers(contentType) ? Members.of(schema, references) : Members.NONE);
  }

  @Override
  public Collection<String> answers(Listing.Entry entry) {
    Set<String> types = new LinkedHashSet<>();
    for (Map.Entry<String, JsonNode> response : entry.operation().path("responses").properties()) {
      if (response.getKey().startsWith("2") || response.getKey().equals("default")) {
        references
            .resolveIfPossible(response.getValue())
            .path("content")
            .fieldNames()
            .forEachRemaining(types::add);
      }
    }
    return types;
  }

  @Override
  public JsonNode securitySchemes() {
    return references.root().path("components").path("securitySchemes");
  }
}
