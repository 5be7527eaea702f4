package dev.capstan.cli.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.List;

/** Finds a server that is there. */
public final class Reachable {
  private static final int PATIENCE_MILLIS = 300;

  private Reachable() {}

  /** The first address at which somebody listens; the first of all if nobody does. */
  public static String first(List<String> addresses) {
    for (String address : addresses) {
      URI uri = URI.create(address);
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), PATIENCE_MILLIS);
        return address;
      } catch (IOException e) {
        // The next one, then.
      }
    }
    return addresses.getFirst();
  }
}
