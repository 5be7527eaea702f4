package dev.capstan.server.boot;

import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.env.PortOwner;
import dev.capstan.node.env.StartupRefusal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a coordinator of a cluster listens. */
final class Doors {
  private Doors() {}

  /**
   * Looks whether a coordinator can listen where it is to. A port may be taken between this and the
   * moment in which it listens.
   *
   * @throws StartupRefusal if it can't
   */
  static void requireFree(NodeConfig.Node node) {
    require(node.bind(), node.grpcPort(), "Workers and clients could not connect with gRPC");
    require(node.bind(), node.httpPort(), "Nobody could reach the HTTP API");
    require(node.bind(), node.peerPort(), "Other coordinators could not reach this one");
  }

  private static void require(String bind, int port, String why) {
    InetSocketAddress address = new InetSocketAddress(bind, port);
    if (address.isUnresolved()) {
      throw elsewhere("This machine knows no host " + bind, why, null);
    }
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(address);
    } catch (IOException e) {
      String said = String.valueOf(e.getMessage());
      throw said.contains("in use")
          ? taken(bind, port, why, e)
          : elsewhere("Can't listen on " + bind + ":" + port + " (" + said + ")", why, e);
    }
  }

  private static StartupRefusal taken(String bind, int port, String why, IOException cause) {
    String owner = new PortOwner(Path.of("/proc")).find(port);
    return new StartupRefusal(
        StartupRefusal.Code.ADDRESS_UNAVAILABLE,
        "Port " + port + " on " + bind + " is taken" + (owner == null ? "" : " by " + owner),
        why,
        "stop what uses the port, or choose another one; 0 takes any that is free",
        cause);
  }

  private static StartupRefusal elsewhere(String what, String why, @Nullable IOException cause) {
    return new StartupRefusal(
        StartupRefusal.Code.ADDRESS_UNAVAILABLE,
        what,
        why,
        "listen on an address of this machine (--bind), or leave that away for all of them",
        cause);
  }
}
