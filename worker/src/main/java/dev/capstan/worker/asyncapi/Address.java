package dev.capstan.worker.asyncapi;

import dev.capstan.worker.executor.Arguments;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a broker listens.
 *
 * @param host name or address, the latter without brackets
 * @param port from 1 to 65535
 */
public record Address(String host, int port) {

  private static final Pattern WRITTEN =
      Pattern.compile("(\\[[0-9A-Fa-f:.%]+]|[^:\\[\\]@/]+)(?::(\\d{1,5}))?");

  private static final int LAST_PORT = 65_535;

  /**
   * The broker of a server.
   *
   * @param otherwise the port when the server names none
   */
  public static Address of(URI server, int otherwise) {
    List<Address> all = all(server, otherwise);
    if (all.size() > 1) {
      throw Arguments.wrong("The server '" + server + "' must have one host.");
    }
    return all.getFirst();
  }

  /** The brokers of a server, which may name several, separated by commas. */
  public static List<Address> all(URI server, int otherwise) {
    String authority = server.getRawAuthority();
    if (authority == null || authority.isEmpty()) {
      throw Arguments.wrong("The server '" + server + "' has no host.");
    }
    List<Address> all = new ArrayList<>();
    for (String each : authority.split(",", -1)) {
      all.add(read(each.strip(), otherwise));
    }
    return all;
  }

  private static Address read(String written, int otherwise) {
    Matcher matcher = WRITTEN.matcher(written);
    if (matcher.matches()) {
      String host = matcher.group(1).replace("[", "").replace("]", "");
      int port = matcher.group(2) == null ? otherwise : Integer.parseInt(matcher.group(2));
      if (port > 0 && port <= LAST_PORT) {
        return new Address(host, port);
      }
    }
    // User names and passwords do not belong there, so it is not repeated.
    throw Arguments.wrong("The server must be a host, or host:port, without a user.");
  }

  /** As it is written in addresses, IPv6 in brackets. */
  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
