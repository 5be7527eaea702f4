package dev.capstan.worker.asyncapi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** A port that takes connections, and says nothing. */
public final class Listener implements AutoCloseable {

  private static final String ESTABLISHED = "01";

  /**
   * Ports below those that Linux and macOS give to connections, so that none takes one by chance.
   */
  private static final int FIRST_PORT = 20_000;

  private static final int PORTS = 12_000;

  /** From somewhere, since other processes look for theirs at the same time. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(PORTS));

  private final ServerSocket socket;

  /** Listens on a port that was free. */
  public Listener() throws IOException {
    socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /** A port that nobody listens on, another one each time. */
  public static int freePort() {
    while (true) {
      int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (IOException taken) {
        // The next one, then.
      }
    }
  }

  /** How many connections there are to a port of this machine, as its kernel knows it. */
  public static int connections(int port) {
    String end = ":%04X".formatted(port);
    try {
      List<String> lines = new ArrayList<>(Files.readAllLines(Path.of("/proc/net/tcp")));
      lines.addAll(Files.readAllLines(Path.of("/proc/net/tcp6")));
      return (int)
          lines.stream()
              .map(line -> line.strip().split("\\s+"))
              .filter(words -> words[1].endsWith(end) && words[3].equals(ESTABLISHED))
              .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens. */
  public int port() {
    return socket.getLocalPort();
  }

  /** The first byte that the next one who connects says; -1 when it leaves without a word. */
  public int firstByte() throws IOException {
    try (var connection = socket.accept()) {
      return connection.getInputStream().read();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
