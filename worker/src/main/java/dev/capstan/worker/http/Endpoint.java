package dev.capstan.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.authentication.Policy;
import dev.capstan.worker.authentication.Secrets;
import dev.capstan.worker.executor.Arguments;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint of the specification: a URI, or an object of a URI and an authentication.
 *
 * @param uri absolute, of scheme http or https, without user information and fragment
 * @param policy how requests prove who sends them; null when they don't
 */
record Endpoint(URI uri, @Nullable Policy policy) {

  private static final Pattern USER_INFO = Pattern.compile("//[^/@]*@");

  /** Reads an endpoint and remembers what of it is secret. */
  static Endpoint of(JsonNode endpoint, String field, Secrets secrets) {
    JsonNode uri = endpoint.isObject() ? endpoint.path("uri") : endpoint;
    if (!uri.isTextual()) {
      throw Arguments.wrong("'" + field + "' must be a URI or an object with a 'uri'.");
    }
    URI parsed = parse(uri.textValue().strip(), field);
    String userInfo = parsed.getUserInfo();
    Policy policy = Policy.of(endpoint.path("authentication"), secrets);
    if (userInfo != null) {
      secrets.add(userInfo);
      String password = userInfo.substring(userInfo.indexOf(':') + 1);
      secrets.add(password);
      if (policy == null) {
        policy = Policy.ofUserInfo(userInfo);
      }
    }
    if (parsed.getRawQuery() != null) {
      Query.rememberSecrets(parsed.getRawQuery(), secrets);
    }
    return new Endpoint(plain(parsed), policy);
  }

  private static URI parse(String text, String field) {
    URI uri;
    try {
      uri = URI.create(URI.create(Percent.lenient(text)).toASCIIString());
    } catch (IllegalArgumentException e) {
      throw Arguments.wrong("'" + field + "' is not a URI: " + shown(text));
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw Arguments.wrong("'" + field + "' must begin with http:// or https://: " + shown(text));
    }
    if (uri.getHost() == null) {
      throw Arguments.wrong("'" + field + "' has no valid host name: " + shown(text));
    }
    return uri;
  }

  private static URI plain(URI uri) {
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return URI.create(origin(uri) + path + query);
  }

  /** This endpoint with more query parameters at the end of its URI. */
  Endpoint withQuery(String query) {
    if (query.isEmpty()) {
      return this;
    }
    String text = uri.toString();
    String joint = uri.getRawQuery() == null ? "?" : uri.getRawQuery().isEmpty() ? "" : "&";
    return new Endpoint(URI.create(text + joint + query), policy);
  }

  /** Scheme, host and port, by which a browser, too, decides who may see credentials. */
  static String origin(URI uri) {
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return uri.getScheme().toLowerCase(Locale.ROOT) + "://" + uri.getHost() + port;
  }

  /** The URI without what may be secret in it: for errors. */
  static String shown(URI uri) {
    return origin(uri) + uri.getRawPath();
  }

  private static String shown(String text) {
    int query = text.indexOf('?');
    return USER_INFO.matcher(query < 0 ? text : text.substring(0, query)).replaceAll("//");
  }
}
