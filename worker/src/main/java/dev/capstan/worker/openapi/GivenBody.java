package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.NearNames;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body among the values of a call: all values that are no other parameter. It is given as a
 * whole by its name, or member by member.
 *
 * @param content null when no body is given
 */
record GivenBody(@Nullable JsonNode content) {

  /**
   * @throws dev.capstan.worker.executor.TaskFault of type {@code validation} when a value is
   *     neither a parameter nor part of the body
   */
  static GivenBody of(Operation operation, JsonNode values) {
    Map<String, JsonNode> rest = new LinkedHashMap<>();
    values.properties().forEach(value -> rest.put(value.getKey(), value.getValue()));
    operation.parameters().forEach(parameter -> rest.remove(parameter.name()));
    Body body = operation.body();
    if (rest.isEmpty()) {
      return new GivenBody(null);
    }
    String whole = body == null ? null : whole(body, rest);
    for (String name : rest.keySet()) {
      boolean known =
          body != null && (whole == null ? body.members().allow(name) : name.equals(whole));
      if (!known) {
        throw unknown(operation, name, whole);
      }
    }
    if (whole != null) {
      JsonNode content = rest.get(whole);
      return new GivenBody(content == null || content.isNull() ? null : content);
    }
    ObjectNode content = Json.object();
    rest.forEach(content::set);
    return new GivenBody(content);
  }

  /**
   * The name by which the whole body is given, if it is. Where the body has a member of that name,
   * too, only a lone object is the whole.
   */
  private static @Nullable String whole(Body body, Map<String, JsonNode> rest) {
    for (String name : body.names()) {
      JsonNode value = rest.get(name);
      boolean member = body.members().names().contains(name);
      if (value != null && (!member || (rest.size() == 1 && value.isObject()))) {
        return name;
      }
    }
    return null;
  }

  private static RuntimeException unknown(
      Operation operation, String name, @Nullable String whole) {
    Set<String> allowed = new LinkedHashSet<>();
    operation.parameters().forEach(parameter -> allowed.add(parameter.name()));
    Body body = operation.body();
    if (body != null) {
      allowed.addAll(body.names());
      allowed.addAll(whole == null ? body.members().names() : Set.of());
    }
    List<String> near = NearNames.among(allowed, name);
    String guess = near.isEmpty() ? "" : " Did you mean '" + near.getFirst() + "'?";
    String beside = whole == null ? "" : " besides the whole body in '" + whole + "'";
    return Faults.parameters(
        operation.shown()
            + " has no parameter '"
            + name
            + "'"
            + beside
            + "."
            + guess
            + (allowed.isEmpty()
                ? " It has no parameters."
                : " Allowed are " + NearNames.listed(allowed) + "."));
  }
}
