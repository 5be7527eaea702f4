package dev.capstan.server.http;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages of other sites from using a browser to reach a server that trusts loopback: by a
 * name that resolves to it (DNS rebinding; the Host header gives that away) or by sending requests
 * across sites (Origin gives that away).
 *
 * <p>A server with a certificate is called whatever its users call it: a page's own name gets no
 * certificate from it, and it trusts nobody without a key.
 */
final class HostGuard {
  private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");

  private final boolean checksHost;

  /**
   * @param trusting whether only loopback reaches the server, and everybody there is its user
   */
  HostGuard(boolean trusting) {
    this.checksHost = trusting;
  }

  /**
   * Checks where a request is addressed to and comes from.
   *
   * @throws HttpFault when it may be another site's
   */
  void check(
      String method, @Nullable String host, @Nullable String origin, @Nullable String fetchSite) {
    if (checksHost && (host == null || !isOurs(withoutPort(host)))) {
      throw new HttpFault(
          HttpFault.Code.WRONG_HOST,
          "the Host header \"" + (host == null ? "" : host) + "\" is not this server",
          "use localhost, 127.0.0.1 or [::1]");
    }
    boolean reads = method.equals("GET") || method.equals("HEAD") || method.equals("OPTIONS");
    boolean foreign = origin != null && !sameSite(origin, host);
    if (!reads && (foreign || "cross-site".equals(fetchSite))) {
      throw new HttpFault(
          HttpFault.Code.WRONG_HOST, "a page of another site may not change anything here", null);
    }
  }

  private boolean isOurs(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return LOOPBACK.contains(lower) || lower.endsWith(".localhost");
  }

  private static boolean sameSite(String origin, @Nullable String host) {
    int scheme = origin.indexOf("://");
    return scheme > 0 && origin.substring(scheme + 3).equalsIgnoreCase(host);
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }
}
