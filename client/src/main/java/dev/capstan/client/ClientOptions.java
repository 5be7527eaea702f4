package dev.capstan.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How a client reaches its server. Immutable.
 *
 * @param server address without a path, such as {@code http://127.0.0.1:7480}
 * @param token sent as bearer token; null for none
 * @param tls for servers with https; null for Java's own
 * @param connectTimeout for a connection
 * @param requestTimeout for an answer, beyond the time that the server is asked to wait
 * @param retries how requests are repeated
 * @param userAgent what the client calls itself
 */
record ClientOptions(
    String server,
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
        DEFAULT_SERVER,
        null,
        null,
        Duration.ofSeconds(3),
        Duration.ofSeconds(30),
        RetryPolicy.ofDefaults(),
        "capstan-client/" + version);
  }

  ClientOptions withServer(String address) {
    String trimmed = address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
    URI uri;
    try {
      uri = new URI(trimmed);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "\"" + address + "\" is no address of a server: " + e.getReason(), e);
    }
    boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!http
        || uri.getHost() == null
        || !String.valueOf(uri.getPath()).isEmpty()
        || uri.getQuery() != null) {
      throw new IllegalArgumentException(
          "\"" + address + "\" is no address of a server, such as " + DEFAULT_SERVER);
    }
    return new ClientOptions(
        trimmed, token, tls, connectTimeout, requestTimeout, retries, userAgent);
  }

  ClientOptions withToken(@Nullable String value) {
    return new ClientOptions(
        server, value, tls, connectTimeout, requestTimeout, retries, userAgent);
  }

  ClientOptions withTls(@Nullable SSLContext context) {
    return new ClientOptions(
        server, token, context, connectTimeout, requestTimeout, retries, userAgent);
  }

  ClientOptions withRetries(RetryPolicy policy) {
    return new ClientOptions(server, token, tls, connectTimeout, requestTimeout, policy, userAgent);
  }

  ClientOptions withTimeouts(Duration connect, Duration request) {
    return new ClientOptions(server, token, tls, connect, request, retries, userAgent);
  }
}
