package dev.capstan.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.authentication.Policy;
import dev.capstan.worker.authentication.Secrets;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Json;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One request as the definition asks for it, and what to do with the answer.
 *
 * @param headers by name in lower case, in order
 * @param body null when there is none
 * @param output {@code content}, {@code raw} or {@code response}
 * @param policy how it proves who sends it, besides the headers; null when it does not
 * @param redirect whether answers 300 to 399 are no error, and are followed where they say where to
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record HttpCall(
    String method,
    URI uri,
    Map<String, List<String>> headers,
    byte @Nullable [] body,
    String output,
    boolean redirect,
    Secrets secrets,
    @Nullable Policy policy) {

  private static final List<String> OUTPUTS = List.of("content", "raw", "response");

  /** Set by the client itself; to send others would break the connection they are sent on. */
  private static final List<String> OF_THE_CLIENT =
      List.of("connection", "expect", "host", "upgrade");

  static HttpCall of(Arguments arguments) {
    Secrets secrets = new Secrets();
    Endpoint endpoint =
        Endpoint.of(arguments.get("endpoint"), "endpoint", secrets)
            .withQuery(Query.encode(arguments.object("query")));
    rememberSecrets(arguments.object("query"), secrets);
    Map<String, List<String>> headers = headers(arguments.object("headers"), secrets);
    JsonNode content = arguments.get("body");
    byte[] body = content.isMissingNode() ? null : body(content, headers);
    return new HttpCall(
        arguments.text("method").strip().toUpperCase(Locale.ROOT),
        endpoint.uri(),
        headers,
        body,
        arguments.choice("output", OUTPUTS),
        arguments.flag("redirect", false),
        secrets,
        endpoint.policy());
  }

  /** A plain fetch of what stands at an endpoint, wherever it moved to. */
  static HttpCall fetch(JsonNode endpoint, String field) {
    Secrets secrets = new Secrets();
    Endpoint from = Endpoint.of(endpoint, field, secrets);
    return new HttpCall(
        "GET", from.uri(), new TreeMap<>(), null, "raw", true, secrets, from.policy());
  }

  /** This call with a proof of who sends it; itself without one. */
  HttpCall authorized(@Nullable String authorization) {
    if (authorization == null) {
      return this;
    }
    secrets.add(authorization);
    secrets.add(authorization.substring(authorization.indexOf(' ') + 1));
    Map<String, List<String>> all = new TreeMap<>(headers);
    all.put("authorization", List.of(authorization));
    return new HttpCall(method, uri, all, body, output, redirect, secrets, policy);
  }

  /** Sets a header that the definition did not set. */
  void setDefault(String name, String value) {
    headers.putIfAbsent(name, List.of(value));
  }

  /**
   * The request that a redirection asks for (RFC 9110, section 15.4): credentials stay with their
   * origin.
   */
  HttpCall redirectedTo(URI target, int status) {
    boolean toGet =
        (status == 303 && !method.equals("HEAD"))
            || ((status == 301 || status == 302) && method.equals("POST"));
    Map<String, List<String>> kept = new TreeMap<>(headers);
    boolean away = !Endpoint.origin(uri).equals(Endpoint.origin(target));
    if (away) {
      kept.keySet().removeIf(Secrets::sensitive);
    }
    if (toGet) {
      kept.keySet().removeIf(name -> name.startsWith("content-"));
    }
    return new HttpCall(
        toGet ? "GET" : method,
        target,
        kept,
        toGet ? null : body,
        output,
        redirect,
        secrets,
        away ? null : policy);
  }

  private static byte[] body(JsonNode content, Map<String, List<String>> headers) {
    List<String> type = headers.get("content-type");
    RequestBody body =
        RequestBody.of(content, type == null || type.isEmpty() ? null : type.getFirst());
    if (body.contentType() != null) {
      headers.put("content-type", List.of(body.contentType()));
    }
    return body.bytes();
  }

  private static Map<String, List<String>> headers(JsonNode definition, Secrets secrets) {
    Map<String, List<String>> headers = new TreeMap<>();
    for (Map.Entry<String, JsonNode> header : definition.properties()) {
      String name = header.getKey().strip().toLowerCase(Locale.ROOT);
      if (OF_THE_CLIENT.contains(name)) {
        throw Arguments.wrong(
            "The header '" + header.getKey() + "' is set by the HTTP client; leave it out.");
      }
      List<String> values = values(header.getValue());
      if (!name.equals("content-length") && !values.isEmpty()) {
        headers.put(name, values);
      }
    }
    rememberSecrets(definition, secrets);
    return headers;
  }

  private static List<String> values(JsonNode value) {
    List<String> values = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(element -> values.add(Json.text(element)));
    } else if (!value.isNull()) {
      values.add(Json.text(value));
    }
    return values;
  }

  private static void rememberSecrets(JsonNode named, Secrets secrets) {
    for (Map.Entry<String, JsonNode> entry : named.properties()) {
      if (Secrets.sensitive(entry.getKey())) {
        values(entry.getValue()).forEach(secrets::add);
      }
    }
  }
}
