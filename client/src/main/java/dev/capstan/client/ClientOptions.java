package dev.capstan.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How a client reaches its server. Immutable.
 *
 * @param servers addresses without a path, such as {@code http://127.0.0.1:7480}; at least one
 * @param token sent as bearer token; null for none
 * @param tls for servers with https; null for Java's own
 * @param connectTimeout for a connection
 * @param requestTimeout for an answer, beyond the time that the server is asked to wait
 * @param retries how requests are repeated
 * @param userAgent what the client calls itself
 */
record ClientOptions(
    List<String> servers,
    @Nullable String token,
    @Nullable SSLContext tls,
    Duration connectTimeout,
    Duration requestTimeout,
    RetryPolicy retries,
    String userAgent) {

  static final String DEFAULT_SERVER = "http://127.0.0.1:7480";

  static ClientOptions ofDefaults() {
    String version =
        Objects.requireNonNullElse(
            ClientOptions.class.getPackage().getImplementationVersion(), "dev");
    return new ClientOptions(
        List.of(DEFAULT_SERVER),
        null,
        null,
        Duration.ofSeconds(3),
        Duration.ofSeconds(30),
        RetryPolicy.ofDefaults(),
        "capstan-client/" + version);
  }

  ClientOptions withServers(List<String> addresses) {
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("at least one address of a server is needed");
    }
    return new ClientOptions(
        addresses.stream().map(ClientOptions::address).toList(),
        token,
        tls,
        connectTimeout,
        requestTimeout,
        retries,
        userAgent);
  }

  private static String address(String text) {
    String trimmed = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    URI uri;
    try {
      uri = new URI(trimmed);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no address of a server: " + e.getReason(), e);
    }
    boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!http
        || uri.getHost() == null
        || !String.valueOf(uri.getPath()).isEmpty()
        || uri.getQuery() != null) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no address of a server, such as " + DEFAULT_SERVER);
    }
    return trimmed;
  }

  /** For one server alone, without repetitions. */
  ClientOptions onceAt(String address) {
    return withServers(List.of(address)).withRetries(RetryPolicy.NONE);
  }

  ClientOptions withToken(@Nullable String value) {
    return new ClientOptions(
        servers, value, tls, connectTimeout, requestTimeout, retries, userAgent);
  }

  ClientOptions withTls(@Nullable SSLContext context) {
    return new ClientOptions(
        servers, token, context, connectTimeout, requestTimeout, retries, userAgent);
  }

  ClientOptions withRetries(RetryPolicy policy) {
    return new ClientOptions(
        servers, token, tls, connectTimeout, requestTimeout, policy, userAgent);
  }

  ClientOptions withTimeouts(Duration connect, Duration request) {
    return new ClientOptions(servers, token, tls, connect, request, retries, userAgent);
  }
}
