package dev.capstan.node.discovery;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The network interfaces of this machine that take part in mDNS. */
final class Interfaces {
  private static final int MOST = 16;

  private Interfaces() {}

  /**
   * One address for each, that of IPv4 if it has one.
   *
   * @param wanted names or addresses; empty for all that are up and not point-to-point
   * @throws SocketException if the machine does not tell
   */
  static List<InetAddress> addresses(List<String> wanted) throws SocketException {
    List<InetAddress> addresses = new ArrayList<>();
    for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
      if (isUsable(network) && (wanted.isEmpty() || isWanted(network, wanted))) {
        addressOf(network).ifPresent(addresses::add);
      }
    }
    return addresses.stream().limit(MOST).toList();
  }

  /** Loopback works although Linux does not mark it as able to multicast. */
  private static boolean isUsable(NetworkInterface network) throws SocketException {
    return network.isUp()
        && !network.isPointToPoint()
        && (network.supportsMulticast() || network.isLoopback());
  }

  private static boolean isWanted(NetworkInterface network, List<String> wanted) {
    List<String> same = wanted.stream().map(Interfaces::inOneForm).toList();
    return wanted.contains(network.getName())
        || network.inetAddresses().anyMatch(address -> same.contains(withoutScope(address)));
  }

  /** An address of IPv6 can be written in several ways. */
  private static String inOneForm(String nameOrAddress) {
    try {
      return withoutScope(InetAddress.ofLiteral(nameOrAddress));
    } catch (IllegalArgumentException name) {
      return nameOrAddress;
    }
  }

  private static Optional<InetAddress> addressOf(NetworkInterface network) {
    return network
        .inetAddresses()
        .min(
            Comparator.comparing((InetAddress address) -> !(address instanceof Inet4Address))
                .thenComparing(InetAddress::isLinkLocalAddress));
  }

  private static String withoutScope(InetAddress address) {
    String text = address.getHostAddress();
    int scope = text.indexOf('%');
    return scope < 0 ? text : text.substring(0, scope);
  }
}
