package dev.capstan.node.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The address of this machine that others most likely reach. */
final class OwnAddress {
  private static final String LOOPBACK = "127.0.0.1";

  /** For documentation (RFC 5737): it stands for the rest of the world, and nothing is sent. */
  private static final InetSocketAddress ANYWHERE = new InetSocketAddress("192.0.2.1", 9);

  private OwnAddress() {}

  /** Whether to listen there is to listen at all addresses. */
  static boolean isAny(String address) {
    try {
      return InetAddress.ofLiteral(address).isAnyLocalAddress();
    } catch (IllegalArgumentException name) {
      return false;
    }
  }

  /** The one from which packets would go out; loopback on a machine without a network. */
  static String find() {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(ANYWHERE);
      InetAddress local = socket.getLocalAddress();
      return local.isAnyLocalAddress() ? LOOPBACK : local.getHostAddress();
    } catch (IOException | UncheckedIOException e) {
      return LOOPBACK;
    }
  }
}
