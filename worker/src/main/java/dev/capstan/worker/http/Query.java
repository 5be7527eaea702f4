package dev.capstan.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.authentication.Secrets;
import dev.capstan.worker.executor.Json;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Names and values as a query, or as a form: an array repeats its name, null is left out, an object
 * is its JSON.
 */
final class Query {

  private static final Pattern AMPERSAND = Pattern.compile("&");

  private Query() {}

  static String encode(JsonNode parameters) {
    List<String> pairs = new ArrayList<>();
    for (Map.Entry<String, JsonNode> parameter : parameters.properties()) {
      if (parameter.getValue().isArray()) {
        parameter.getValue().forEach(element -> pair(pairs, parameter.getKey(), element));
      } else {
        pair(pairs, parameter.getKey(), parameter.getValue());
      }
    }
    return String.join("&", pairs);
  }

  /** Remembers the values in an encoded query whose names tell that they are secret. */
  static void rememberSecrets(String query, Secrets secrets) {
    for (String pair : AMPERSAND.split(query)) {
      int equals = pair.indexOf('=');
      if (equals > 0 && Secrets.sensitive(pair.substring(0, equals))) {
        String value = pair.substring(equals + 1);
        secrets.add(value);
        secrets.add(URLDecoder.decode(value, StandardCharsets.UTF_8));
      }
    }
  }

  private static void pair(List<String> pairs, String name, JsonNode value) {
    if (!value.isNull()) {
      pairs.add(Percent.encode(name) + "=" + Percent.encode(Json.text(value)));
    }
  }
}
