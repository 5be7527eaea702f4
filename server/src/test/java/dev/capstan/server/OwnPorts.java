package dev.capstan.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ports for servers whose ports must be known before they start, or which come back to them. Each
 * process of tests has a block of its own, below those that the system gives to whoever asks for
 * any: so nobody takes one between its choice and its use, nor while its server is down.
 */
public final class OwnPorts {
  private static final int FIRST = 20_000;
  private static final int BLOCK = 120;
  private static final int BLOCKS = 100;

  /** On the first port of the block, as long as this process lives. */
  private static final ServerSocket CLAIM = claim();

  private static int last = CLAIM.getLocalPort();

  private OwnPorts() {}

  private static ServerSocket claim() {
    for (int block = 0; block < BLOCKS; block++) {
      ServerSocket socket = bound(FIRST + block * BLOCK);
      if (socket != null) {
        return socket;
      }
    }
    throw new AssertionError("no block of ports is free");
  }

  /** So many ports of loopback on which nobody listens; each comes again only after all others. */
  public static synchronized List<Integer> take(int count) {
    List<Integer> ports = new ArrayList<>();
    for (int look = 1; look < BLOCK && ports.size() < count; look++) {
      last = last + 1 < CLAIM.getLocalPort() + BLOCK ? last + 1 : CLAIM.getLocalPort() + 1;
      if (isFree(last)) {
        ports.add(last);
      }
    }
    if (ports.size() < count) {
      throw new AssertionError("no " + count + " ports are free");
    }
    return ports;
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = bound(port)) {
      return socket != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable ServerSocket bound(int port) {
    try {
      return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    } catch (BindException taken) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
