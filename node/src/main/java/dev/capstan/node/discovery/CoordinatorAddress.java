package dev.capstan.node.discovery;

import dev.capstan.node.config.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * Where a coordinator may be reached over gRPC.
 *
 * @param host name or address; an IPv6 address without brackets
 * @param cluster id of the cluster that it says to belong to; null when that was not said
 * @param node name of the coordinator; null when it was not said
 */
public record CoordinatorAddress(
    String host, int port, @Nullable String cluster, @Nullable String node) {

  static CoordinatorAddress of(HostPort address) {
    return new CoordinatorAddress(address.host(), address.port(), null, null);
  }

  @Override
  public String toString() {
    return new HostPort(host, port) + (node == null ? "" : " (" + node + " of " + cluster + ")");
  }
}
