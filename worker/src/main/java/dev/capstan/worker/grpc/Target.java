package dev.capstan.worker.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a service is. The specification has no place for whether it speaks TLS: it does on the
 * ports 443 and 8443 and where no port is given, unless the host begins with a scheme, which an
 * expression may give it.
 */
record Target(String host, int port, boolean tls) {

  private static final int HTTPS = 443;
  private static final int OTHER_HTTPS = 8443;
  private static final int HTTP = 80;
  private static final int HIGHEST = 65_535;

  private static final Map<String, Boolean> SCHEMES =
      Map.of("https", true, "grpcs", true, "http", false, "grpc", false);

  /** Reads host and port of a service. */
  static Target of(JsonNode service) {
    JsonNode written = service.path("host");
    if (!written.isTextual() || written.textValue().isBlank()) {
      throw Arguments.wrong("'service.host' is required.");
    }
    String host = written.textValue().strip();
    Integer port = port(service.path("port"));
    Boolean tls = null;
    int schemeEnd = host.indexOf("://");
    if (schemeEnd >= 0) {
      tls = SCHEMES.get(host.substring(0, schemeEnd).toLowerCase(Locale.ROOT));
      host = host.substring(schemeEnd + 3);
    }
    if ((schemeEnd >= 0 && tls == null) || host.isEmpty() || !isName(host)) {
      throw Arguments.wrong(
          "'service.host' is '"
              + written.textValue()
              + "'; it must be a host name, which may begin with https:// or http://.");
    }
    if (tls == null) {
      tls = port == null || port == HTTPS || port == OTHER_HTTPS;
    }
    return new Target(host, port == null ? (tls ? HTTPS : HTTP) : port, tls);
  }

  private static boolean isName(String host) {
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    return host.chars().noneMatch(c -> c <= ' ' || "/?#@\\".indexOf(c) >= 0)
        && (bracketed || host.indexOf(':') < 0);
  }

  private static @Nullable Integer port(JsonNode port) {
    if (port.isMissingNode() || port.isNull()) {
      return null;
    }
    if (!port.isIntegralNumber() || !port.canConvertToInt() || !isPort(port.intValue())) {
      throw Arguments.wrong(
          "'service.port' must be a whole number from 1 to " + HIGHEST + ", not " + port + ".");
    }
    return port.intValue();
  }

  private static boolean isPort(int number) {
    return number >= 1 && number <= HIGHEST;
  }

  /** Host and port, for errors. */
  String shown() {
    return host + ":" + port;
  }
}
