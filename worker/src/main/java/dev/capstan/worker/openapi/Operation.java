package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An operation in the form that requests are made from, whatever its document's version.
 *
 * @param server absolute URI, without a slash at its end
 * @param path with parameters' names in braces
 * @param accept value of the Accept header; null when the document does not tell
 */
record Operation(
    String id,
    String method,
    String server,
    String path,
    List<Parameter> parameters,
    @Nullable Body body,
    @Nullable String accept) {

  static final Pattern PLACE = Pattern.compile("\\{([^{}]+)}");

  /** OpenAPI 3, Parameter Object: these are described elsewhere, so nobody has to give them. */
  private static final Set<String> OPTIONAL_HEADERS =
      Set.of("accept", "authorization", "content-type");

  static Operation of(Listing.Entry entry, References references, Dialect dialect) {
    List<JsonNode> definitions = definitions(entry, references);
    List<Parameter> parameters = new ArrayList<>();
    for (JsonNode definition : definitions) {
      Location in = Location.of(definition.path("in").asText());
      if (in != null) {
        parameters.add(adjusted(dialect.parameter(definition, in)));
      }
    }
    addUndeclaredPlaces(entry.path(), parameters);
    addApiKeys(entry, references, dialect, parameters);
    return new Operation(
        entry.id(),
        entry.method(),
        dialect.server(entry),
        entry.path(),
        List.copyOf(parameters),
        dialect.body(entry, definitions),
        ContentTypes.toAccept(dialect.answers(entry)));
  }

  /** Those of the operation, and those of its path that it does not override. */
  private static List<JsonNode> definitions(Listing.Entry entry, References references) {
    List<JsonNode> definitions = new ArrayList<>();
    for (JsonNode level : List.of(entry.operation(), entry.item())) {
      for (JsonNode written : level.path("parameters")) {
        JsonNode definition = references.resolve(written);
        if (definitions.stream().noneMatch(other -> same(other, definition))) {
          definitions.add(definition);
        }
      }
    }
    return definitions;
  }

  private static boolean same(JsonNode one, JsonNode other) {
    return one.path("name").equals(other.path("name")) && one.path("in").equals(other.path("in"));
  }

  private static Parameter adjusted(Parameter parameter) {
    boolean optional =
        parameter.in() == Location.HEADER
            && OPTIONAL_HEADERS.contains(parameter.name().toLowerCase(Locale.ROOT));
    boolean required = !optional && (parameter.required() || parameter.in() == Location.PATH);
    return new Parameter(
        parameter.name(),
        parameter.in(),
        required,
        parameter.style(),
        parameter.explode(),
        parameter.secret());
  }

  private static void addUndeclaredPlaces(String path, List<Parameter> parameters) {
    Matcher place = PLACE.matcher(path);
    while (place.find()) {
      Parameter parameter =
          new Parameter(place.group(1), Location.PATH, true, Style.SIMPLE, false, false);
      if (parameters.stream().noneMatch(parameter::samePlace)) {
        parameters.add(parameter);
      }
    }
  }

  /**
   * Keys that the operation's security asks for are parameters too, by the name they travel under.
   */
  private static void addApiKeys(
      Listing.Entry entry, References references, Dialect dialect, List<Parameter> parameters) {
    JsonNode own = entry.operation().path("security");
    Set<String> wanted = new TreeSet<>();
    for (JsonNode alternative : own.isArray() ? own : references.root().path("security")) {
      alternative.fieldNames().forEachRemaining(wanted::add);
    }
    for (Map.Entry<String, JsonNode> named : dialect.securitySchemes().properties()) {
      JsonNode scheme = references.resolveIfPossible(named.getValue());
      Location in = Location.of(scheme.path("in").asText());
      if (wanted.contains(named.getKey())
          && scheme.path("type").asText().equals("apiKey")
          && in != null) {
        addSecret(scheme.path("name").asText(), in, parameters);
      }
    }
  }

  private static void addSecret(String name, Location in, List<Parameter> parameters) {
    Parameter key = new Parameter(name, in, false, Style.SIMPLE, false, true);
    for (int i = 0; i < parameters.size(); i++) {
      if (parameters.get(i).samePlace(key)) {
        parameters.set(i, parameters.get(i).asSecret());
        return;
      }
    }
    parameters.add(key);
  }

  /** The operation for errors. */
  String shown() {
    return "The operation '" + id + "' (" + method + " " + path + ")";
  }
}
