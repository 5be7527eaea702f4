package dev.capstan.server.http;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.json.Nearest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the operation of a request, or says what is there instead. */
final class Router {
  private final List<Operation> operations;

  Router(List<Operation> operations) {
    this.operations = List.copyOf(operations);
  }

  List<Operation> operations() {
    return operations;
  }

  /** An operation with the values of its path's parameters. */
  record Match(Operation operation, Map<String, String> path) {}

  /**
   * The operation for a method and the decoded segments of a path. HEAD finds GET.
   *
   * @throws Refusal when no operation has the path
   * @throws HttpFault when some have, with other methods
   */
  Match find(String method, List<String> segments) {
    String wanted = method.equals("HEAD") ? "GET" : method;
    Set<String> others = new LinkedHashSet<>();
    for (Operation operation : operations) {
      Map<String, String> values = match(operation.segments(), segments);
      if (values != null && operation.method().equals(wanted)) {
        return new Match(operation, values);
      }
      if (values != null) {
        others.add(operation.method());
      }
    }
    String path = "/" + String.join("/", segments);
    if (others.isEmpty()) {
      throw unknown(path, segments);
    }
    String allow = allowed(others);
    throw new HttpFault(
        HttpFault.Code.METHOD_NOT_ALLOWED,
        method + " is not possible on " + path,
        "allowed: " + allow,
        Map.of("Allow", allow));
  }

  /** The methods of a path for an Allow header, null when no operation has the path. */
  @Nullable String allowed(List<String> segments) {
    Set<String> methods = new LinkedHashSet<>();
    for (Operation operation : operations) {
      if (match(operation.segments(), segments) != null) {
        methods.add(operation.method());
      }
    }
    return methods.isEmpty() ? null : allowed(methods);
  }

  private static String allowed(Set<String> methods) {
    List<String> all = new ArrayList<>(methods);
    if (methods.contains("GET")) {
      all.add("HEAD");
    }
    all.add("OPTIONS");
    return String.join(", ", all);
  }

  /** The parts of a path; a slash at the end counts nothing. */
  static List<String> segments(String path) {
    List<String> segments = new ArrayList<>(List.of(path.substring(1).split("/", -1)));
    if (segments.getLast().isEmpty()) {
      segments.removeLast();
    }
    return Collections.unmodifiableList(segments);
  }

  private static @Nullable Map<String, String> match(List<String> pattern, List<String> segments) {
    if (pattern.size() != segments.size()) {
      return null;
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < pattern.size(); i++) {
      String part = pattern.get(i);
      String segment = segments.get(i);
      if (part.startsWith("{")) {
        values.put(part.substring(1, part.length() - 1), segment);
      } else if (!part.equals(segment)) {
        return null;
      }
    }
    return values;
  }

  private Refusal unknown(String path, List<String> segments) {
    Map<String, String> candidates = new LinkedHashMap<>();
    for (Operation operation : operations) {
      candidates.put(fill(operation.segments(), segments), operation.path());
    }
    String nearest = Nearest.to(path, candidates.keySet());
    String shown = nearest == null ? null : candidates.get(nearest);
    String hint =
        shown == null
            ? "GET / says what is here"
            : "did you mean " + shown + "? GET / says what is here";
    return new Refusal(Refusal.Code.NOT_FOUND, "nothing is at " + path, hint);
  }

  /**
   * A pattern with the request's own values in place of its parameters, so that only the words
   * count as different.
   */
  private static String fill(List<String> pattern, List<String> segments) {
    List<String> filled = new ArrayList<>();
    for (int i = 0; i < pattern.size(); i++) {
      String part = pattern.get(i);
      filled.add(part.startsWith("{") && i < segments.size() ? segments.get(i) : part);
    }
    return "/" + String.join("/", filled);
  }
}
