package dev.capstan.node.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The address of this machine that others most likely reach. */
final class OwnAddress {
  private static final String LOOPBACK = "127.0.0.1";

  /** For documentation (RFC 5737, RFC 3849): they stand for the rest of the world. */
  private static final List<InetSocketAddress> ANYWHERE =
      List.of(new InetSocketAddress("192.0.2.1", 9), new InetSocketAddress("2001:db8::1", 9));

  private OwnAddress() {}

  /** Whether to listen there is to listen at all addresses. */
  static boolean isAny(String address) {
    return literal(address).filter(InetAddress::isAnyLocalAddress).isPresent();
  }

  /** Whether it is one address, and no name. */
  static boolean isOne(String address) {
    return literal(address).filter(each -> !each.isAnyLocalAddress()).isPresent();
  }

  private static Optional<InetAddress> literal(String address) {
    try {
      return Optional.of(InetAddress.ofLiteral(address));
    } catch (IllegalArgumentException name) {
      return Optional.empty();
    }
  }

  /**
   * The one from which packets would go out to the rest of the world; where there is no way there,
   * as on a network of its own, one that the machine has; loopback on a machine without a network.
   */
  static String find() {
    return ANYWHERE.stream()
        .flatMap(anywhere -> sending(anywhere).stream())
        .findFirst()
        .or(OwnAddress::present)
        .map(OwnAddress::text)
        .orElse(LOOPBACK);
  }

  /** Nothing is sent. */
  private static Optional<InetAddress> sending(InetSocketAddress target) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(target);
      return Optional.of(socket.getLocalAddress()).filter(local -> !local.isAnyLocalAddress());
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  /** Of the first interface that has one, and of IPv4 if there is any. */
  private static Optional<InetAddress> present() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(OwnAddress::leadsOut)
          .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLinkLocalAddress())
          .min(Comparator.comparing(address -> !(address instanceof Inet4Address)));
    } catch (SocketException e) {
      return Optional.empty();
    }
  }

  private static boolean leadsOut(NetworkInterface network) {
    try {
      return network.isUp() && !network.isLoopback() && !network.isPointToPoint();
    } catch (SocketException e) {
      return false;
    }
  }

  /** Without the interface, which means nothing to others. */
  private static String text(InetAddress address) {
    return address.getHostAddress().replaceFirst("%.*", "");
  }
}
