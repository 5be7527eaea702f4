package dev.capstan.cli.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * TCP ports that nobody listens on, to be used a moment later. They lie below the range that Linux
 * and macOS hand out for connections (from 32,768 and 49,152), so that no connection takes one in
 * between. Any thread may ask.
 */
public final class FreePorts {
  private static final int FIRST = 20_000;
  private static final int BEYOND = 32_000;
  private static final int TRIES = 200;

  /** Goes through the range from somewhere, so that a process never gets a port twice. */
  private static final AtomicInteger CURSOR =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(BEYOND - FIRST));

  private FreePorts() {}

  /**
   * A port of loopback that was free just now.
   *
   * @throws UncheckedIOException if 200 ports tried in turn are all taken
   */
  public static int next() {
    for (int i = 0; i < TRIES; i++) {
      int port = FIRST + Math.floorMod(CURSOR.getAndIncrement(), BEYOND - FIRST);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Somebody has it.
      }
    }
    throw new UncheckedIOException(
        new IOException("no free port found between " + FIRST + " and " + BEYOND));
  }
}
