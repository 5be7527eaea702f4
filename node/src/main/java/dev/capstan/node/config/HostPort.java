package dev.capstan.node.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a process listens.
 *
 * @param host name or address; an IPv6 address without brackets
 * @param port from 1 to 65535
 */
public record HostPort(String host, int port) {
  static final int LAST_PORT = 65_535;

  /** A host name (RFC 1123) or an IPv4 address. */
  private static final String NAME =
      "[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62})(?:\\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62}){0,126}\\.?";

  private static final String ADDRESS_6 =
      "[0-9A-Fa-f.]{0,15}:[0-9A-Fa-f:.]{1,45}(?:%[\\w.-]{1,32})?";
  private static final int LONGEST_HOST = 253;

  /** What looks like an address of IPv4 is one, or a typing error: no name ends with a number. */
  private static final Pattern NUMBERS = Pattern.compile("[0-9.]+");

  private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
  private static final Pattern ADDRESS_4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");

  private static final Pattern HOST = Pattern.compile(NAME + "|" + ADDRESS_6);
  private static final Pattern TOGETHER =
      Pattern.compile("(?:(" + NAME + ")|\\[(" + ADDRESS_6 + ")]):(\\d{1,5})");

  /**
   * Reads {@code host:port}; an IPv6 address stands in brackets. Empty if {@code text} is something
   * else.
   */
  public static Optional<HostPort> parse(String text) {
    Matcher matcher = TOGETHER.matcher(text);
    if (text.length() > LONGEST_HOST + 8 || !matcher.matches()) {
      return Optional.empty();
    }
    String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
    int port = Integer.parseInt(matcher.group(3));
    return isHost(host) && port >= 1 && port <= LAST_PORT
        ? Optional.of(new HostPort(host, port))
        : Optional.empty();
  }

  /** Whether {@code text} has the form of a host name or of an address; nobody is asked. */
  public static boolean isHost(String text) {
    return text.length() <= LONGEST_HOST
        && HOST.matcher(text).matches()
        && (!NUMBERS.matcher(text).matches() || ADDRESS_4.matcher(text).matches());
  }

  /** Whether {@code host} stands for all addresses of a machine. */
  public static boolean isEverywhere(String host) {
    return OwnAddress.isAny(host);
  }

  @Override
  public String toString() {
    return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
  }
}
