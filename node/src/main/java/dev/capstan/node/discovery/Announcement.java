package dev.capstan.node.discovery;

import dev.capstan.node.config.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator tells the local network about itself.
 *
 * @param cluster id of its cluster: 1 to 63 letters a-z, digits and -
 * @param node its name, of the same form
 * @param host where it is reached; null for the address of the interface that it is announced on
 * @param port of gRPC
 */
public record Announcement(String cluster, String node, @Nullable String host, int port) {

  /**
   * @throws IllegalArgumentException if a part does not have its form
   */
  public Announcement {
    if (!MdnsText.isName(cluster) || !MdnsText.isName(node)) {
      throw new IllegalArgumentException(
          "no names of a cluster and a node: " + cluster + ", " + node);
    }
    if ((host != null && !HostPort.isHost(host)) || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("no address to announce: " + host + ", " + port);
    }
  }
}
