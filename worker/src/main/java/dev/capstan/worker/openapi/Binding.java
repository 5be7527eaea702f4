package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.http.Percent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * An operation and the values of one call of it, put together to the arguments of an HTTP call. A
 * parameter that is null is a parameter that is missing. One name in several places gives its value
 * to all of them.
 */
final class Binding {

  private static final Set<String> DOTS = Set.of(".", "..");

  private final Operation operation;
  private final Map<String, String> path = new HashMap<>();
  private final List<String> query = new ArrayList<>();
  private final List<String> cookies = new ArrayList<>();
  private final ObjectNode headers = Json.object();
  private final ObjectNode form = Json.object();
  private final List<String> secrets = new ArrayList<>();
  private @Nullable JsonNode body;

  private Binding(Operation operation) {
    this.operation = operation;
  }

  /**
   * @throws dev.capstan.worker.executor.TaskFault of type {@code validation} when a value is
   *     missing, or one is given that the operation has no place for
   */
  static Binding of(Operation operation, JsonNode values) {
    Binding binding = new Binding(operation);
    GivenBody given = GivenBody.of(operation, values);
    List<String> missing = new ArrayList<>();
    for (Parameter parameter : operation.parameters()) {
      JsonNode value = values.path(parameter.name());
      if (!value.isMissingNode() && !value.isNull()) {
        binding.put(parameter, value);
      } else if (parameter.required()) {
        missing.add(parameter.shown());
      }
    }
    Body expected = operation.body();
    if (expected != null && expected.required() && given.content() == null) {
      missing.add("'" + expected.names().iterator().next() + "' (the body)");
    }
    if (!missing.isEmpty()) {
      throw Faults.parameters(operation.shown() + " needs " + String.join(", ", missing) + ".");
    }
    binding.body = binding.form.isEmpty() ? given.content() : binding.form;
    return binding;
  }

  private void put(Parameter parameter, JsonNode value) {
    if (parameter.secret()) {
      secrets.add(Json.text(value));
    }
    switch (parameter.in()) {
      case PATH -> path.put(parameter.name(), segment(parameter, value));
      case QUERY -> query.addAll(Written.query(parameter, value));
      case HEADER -> headers.put(parameter.name(), Written.header(parameter, value));
      case COOKIE -> cookies.add(Written.cookie(parameter, value));
      case FORM -> form.set(parameter.name(), Written.field(parameter, value));
    }
  }

  /** A value may not lead to another path: {@code /pets/{id}} is never {@code /pets/}. */
  private String segment(Parameter parameter, JsonNode value) {
    String segment = Written.path(parameter, value);
    if (segment.isEmpty() || DOTS.contains(segment)) {
      throw Faults.parameters(
          operation.shown()
              + " can't be called with "
              + parameter.shown()
              + " "
              + (segment.isEmpty() ? "being empty" : "being '" + segment + "'")
              + ": that would be another path.");
    }
    return segment;
  }

  /** Values that must not be told. */
  List<String> secrets() {
    return secrets;
  }

  /**
   * The arguments of {@code call:http}.
   *
   * @param authentication a policy; a missing node when there is none
   */
  ObjectNode call(JsonNode authentication) {
    ObjectNode call = Json.object();
    call.put("method", operation.method());
    ObjectNode endpoint = call.putObject("endpoint");
    endpoint.put("uri", uri());
    if (!authentication.isMissingNode()) {
      endpoint.set("authentication", authentication);
    }
    setDefault("accept", operation.accept());
    if (!cookies.isEmpty()) {
      headers.put("cookie", String.join("; ", cookies));
    }
    Body expected = operation.body();
    if (expected != null && body != null) {
      putBody(call, expected, body);
    }
    call.set("headers", headers);
    return call;
  }

  private void putBody(ObjectNode call, Body expected, JsonNode content) {
    if (expected.contentType().startsWith(Body.MULTIPART) && content.isObject()) {
      Multipart multipart = Multipart.of(content, expected.members().files());
      drop("content-type");
      headers.put("content-type", multipart.contentType());
      call.set("body", TextNode.valueOf(multipart.text()));
      return;
    }
    setDefault("content-type", expected.contentType());
    call.set("body", content);
  }

  private void setDefault(String name, @Nullable String value) {
    for (Map.Entry<String, JsonNode> header : headers.properties()) {
      if (header.getKey().equalsIgnoreCase(name)) {
        return;
      }
    }
    if (value != null) {
      headers.put(name, value);
    }
  }

  private void drop(String name) {
    List<String> names = new ArrayList<>();
    headers.fieldNames().forEachRemaining(names::add);
    names.removeIf(each -> !each.equalsIgnoreCase(name));
    headers.remove(names);
  }

  private String uri() {
    String template = operation.path();
    int fragment = template.indexOf('#');
    String plain = fragment < 0 ? template : template.substring(0, fragment);
    String filled =
        Operation.PLACE
            .matcher(plain)
            .replaceAll(place -> Matcher.quoteReplacement(path.getOrDefault(place.group(1), "")));
    String slash = filled.startsWith("/") ? "" : "/";
    String uri = operation.server() + slash + Percent.lenient(filled);
    if (query.isEmpty()) {
      return uri;
    }
    return uri + (uri.indexOf('?') < 0 ? "?" : "&") + String.join("&", query);
  }
}
