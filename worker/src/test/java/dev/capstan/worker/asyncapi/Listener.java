package dev.capstan.worker.asyncapi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A port that takes connections, and says nothing. */
public final class Listener implements AutoCloseable {

  private static final String ESTABLISHED = "01";

  private final ServerSocket socket;

  /** Listens on a port that was free. */
  public Listener() throws IOException {
    socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /** A port that nobody listens on. */
  public static int freePort() throws IOException {
    try (Listener listener = new Listener()) {
      return listener.port();
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
