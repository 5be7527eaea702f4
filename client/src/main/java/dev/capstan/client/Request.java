package dev.capstan.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request to the API, before it is sent.
 *
 * @param path with its query
 * @param repeatable whether sending it twice does the same as sending it once
 * @param more time that the answer is meant to take, beyond the usual
 */
record Request(
    String method,
    String path,
    Map<String, String> headers,
    @Nullable String body,
    boolean repeatable,
    Duration more) {

  static Request get(String path) {
    return new Request("GET", path, Map.of(), null, true, Duration.ZERO);
  }

  static Request post(String path) {
    return new Request("POST", path, Map.of(), null, false, Duration.ZERO);
  }

  static Request delete(String path) {
    return new Request("DELETE", path, Map.of(), null, true, Duration.ZERO);
  }

  Request with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Request(method, path, more, body, repeatable, this.more);
  }

  Request body(String contentType, String text) {
    Request typed = with("Content-Type", contentType);
    return new Request(method, path, typed.headers, text, repeatable, more);
  }

  Request safeToRepeat() {
    return new Request(method, path, headers, body, true, more);
  }

  /** The server is asked to wait before it answers. */
  Request waits(@Nullable Duration wait) {
    if (wait == null || wait.isZero()) {
      return this;
    }
    String parameter = (path.indexOf('?') < 0 ? "?" : "&") + "wait=" + wait.toMillis() + "ms";
    return new Request(method, path + parameter, headers, body, repeatable, wait);
  }

  byte[] bytes() {
    return body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
  }
}
