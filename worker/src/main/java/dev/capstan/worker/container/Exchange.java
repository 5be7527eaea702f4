package dev.capstan.worker.container;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One HTTP request to an engine and its answer, on a connection of its own. One thread writes, one
 * reads; an interrupt of either, and {@link #close} by any thread, ends it.
 */
final class Exchange implements AutoCloseable {

  private static final int LINE_BYTES = 16 * 1024;

  private static final int MOST_HEADERS = 100;

  private static final int SWITCHING_PROTOCOLS = 101;

  private final SocketChannel channel;
  private final InputStream in;
  private final Map<String, String> headers = new TreeMap<>();
  private int status;

  private Exchange(SocketChannel channel) {
    this.channel = channel;
    this.in = new BufferedInputStream(Channels.newInputStream(channel));
  }

  /**
   * Connects.
   *
   * @throws IOException when nobody listens there, or this process may not speak with it
   */
  static Exchange open(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return new Exchange(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Sends a request with a JSON body, or with none, and reads the head of the answer.
   *
   * @param target path and query
   */
  void send(String method, String target, byte[] body) throws IOException {
    send(method, target, "", body);
  }

  /**
   * The same with headers of one's own.
   *
   * @param more whole lines with their ends
   */
  void send(String method, String target, String more, byte[] body) throws IOException {
    StringBuilder head = new StringBuilder(256);
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: engine\r\n");
    head.append("Content-Type: application/json\r\nContent-Length: ").append(body.length);
    head.append("\r\nConnection: close\r\n").append(more).append("\r\n");
    sendAndReadHead(head, body);
  }

  /** Asks for the connection itself to be used once the answer has come. */
  void upgrade(String target) throws IOException {
    StringBuilder head = new StringBuilder(256);
    head.append("POST ").append(target).append(" HTTP/1.1\r\nHost: engine\r\n");
    head.append("Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    sendAndReadHead(head, new byte[0]);
  }

  private void sendAndReadHead(StringBuilder head, byte[] body) throws IOException {
    OutputStream out = output();
    out.write(head.toString().getBytes(StandardCharsets.US_ASCII));
    out.write(body);
    String[] words = line(in).split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/1.")) {
      throw new IOException("What listens on the socket does not speak HTTP");
    }
    try {
      status = Integer.parseInt(words[1]);
    } catch (NumberFormatException e) {
      throw new IOException("The engine's answer has no status", e);
    }
    int count = 0;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      if (colon < 1 || ++count > MOST_HEADERS) {
        throw new IOException("The engine's answer has headers that can't be read");
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
  }

  int status() {
    return status;
  }

  /** A header of the answer; empty when it is not there. */
  String header(String lowerCaseName) {
    return headers.getOrDefault(lowerCaseName, "");
  }

  /** What goes to the engine after an upgrade. */
  OutputStream output() {
    return Channels.newOutputStream(channel);
  }

  /** Says that nothing more goes to the engine. */
  void endOutput() throws IOException {
    channel.shutdownOutput();
  }

  /** The body of the answer; what comes from the engine after an upgrade. */
  InputStream body() throws IOException {
    if (status == SWITCHING_PROTOCOLS) {
      return in;
    }
    if (header("transfer-encoding").toLowerCase(Locale.ROOT).endsWith("chunked")) {
      return new ChunkedBody(in);
    }
    String length = header("content-length");
    try {
      return length.isEmpty() ? in : new FixedBody(in, Long.parseLong(length));
    } catch (NumberFormatException e) {
      throw new IOException("The engine's answer has the length '" + length + "'", e);
    }
  }

  /** A line without its end. */
  static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("The engine closed the connection");
      }
      if (line.length() == LINE_BYTES) {
        throw new IOException("The engine's answer has a line that is too long");
      }
      line.append((char) next);
    }
    int end = line.length();
    return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
