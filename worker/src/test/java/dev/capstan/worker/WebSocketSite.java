package dev.capstan.worker;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;

/** A server of WebSockets on loopback (RFC 6455) that remembers what it was told. */
public final class WebSocketSite implements AutoCloseable {

  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private final ServerSocket server;
  private final LinkedBlockingQueue<Peer> peers = new LinkedBlockingQueue<>();
  private final List<Peer> all = new CopyOnWriteArrayList<>();
  private volatile boolean resetting;
  private volatile boolean silent;

  /** Opens it. */
  public WebSocketSite() throws IOException {
    this(ServerSocketFactory.getDefault());
  }

  /** Opens it with sockets of this kind. */
  public WebSocketSite(ServerSocketFactory sockets) throws IOException {
    server = sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** From now on it breaks connections off where the other side wants them closed in order. */
  public void resetting() {
    resetting = true;
  }

  /**
   * From now on it says nothing where the other side wants to close in order, or to know whether it
   * is there.
   */
  public void silent() {
    silent = true;
  }

  /** Host and port. */
  public String authority() {
    return "127.0.0.1:" + port();
  }

  /** Its port. */
  public int port() {
    return server.getLocalPort();
  }

  /** The next connection that was opened, in the order of their coming. */
  public Peer peer() throws InterruptedException {
    Peer peer = peers.poll(60, TimeUnit.SECONDS);
    if (peer == null) {
      throw new IllegalStateException("nobody has connected");
    }
    return peer;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      Peer peer = new Peer(socket);
      all.add(peer);
      peers.add(peer);
      peer.read(resetting, silent);
    } catch (IOException e) {
      // The connection is over.
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Peer peer : all) {
        peer.socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One connection. */
  public static final class Peer {
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final String path;
    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();

    private Peer(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new DataInputStream(socket.getInputStream());
      this.out = new DataOutputStream(socket.getOutputStream());
      this.path = line().split(" ")[1];
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        headers.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
      }
      String accept = accept(header("Sec-WebSocket-Key"));
      out.writeBytes(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
              + accept
              + "\r\n\r\n");
      out.flush();
    }

    private static String accept(String key) {
      try {
        byte[] digest =
            MessageDigest.getInstance("SHA-1")
                .digest(
                    (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                        .getBytes(StandardCharsets.US_ASCII));
        return Base64.getEncoder().encodeToString(digest);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next < 0) {
          throw new EOFException();
        }
        if (next != '\r') {
          line.append((char) next);
        }
      }
      return line.toString();
    }

    /** Where it was opened. */
    public String path() {
      return path;
    }

    /** A header of the request that opened it; empty when there is none. */
    public String header(String name) {
      return headers.getOrDefault(name, "");
    }

    /** The next message that came, or {@code closed}. */
    public String told() throws InterruptedException {
      String next = told.poll(60, TimeUnit.SECONDS);
      if (next == null) {
        throw new IllegalStateException("nothing came");
      }
      return next;
    }

    private void read(boolean resetting, boolean silent) throws IOException {
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      while (true) {
        int first = in.readUnsignedByte();
        byte[] part = payload();
        if ((first & 0xF) == CLOSE && resetting) {
          socket.setSoLinger(true, 0);
          return;
        }
        if ((first & 0xF) >= CLOSE && silent) {
          continue;
        }
        if ((first & 0xF) == PING) {
          frame(0x80 | PONG, part);
          continue;
        }
        if ((first & 0xF) == CLOSE) {
          told.add("closed");
          frame(0x80 | CLOSE, part);
          return;
        }
        message.write(part);
        if ((first & 0x80) != 0) {
          told.add(message.toString(StandardCharsets.UTF_8));
          message.reset();
        }
      }
    }

    private byte[] payload() throws IOException {
      int length = in.readUnsignedByte() & 0x7F;
      long size = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
      byte[] mask = in.readNBytes(4);
      byte[] bytes = in.readNBytes((int) size);
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] ^= mask[i % 4];
      }
      return bytes;
    }

    /** Sends a text, in one piece. */
    public void say(String text) throws IOException {
      frame(0x80 | TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends bytes, in one piece. */
    public void say(byte[] bytes) throws IOException {
      frame(0x80 | BINARY, bytes);
    }

    /** Sends a text in two pieces. */
    public void say(String begin, String end) throws IOException {
      frame(TEXT, begin.getBytes(StandardCharsets.UTF_8));
      frame(0x80, end.getBytes(StandardCharsets.UTF_8));
    }

    /** Closes in order. */
    public void end(int code, String reason) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.write(code >> 8);
      bytes.write(code);
      bytes.writeBytes(reason.getBytes(StandardCharsets.UTF_8));
      frame(0x80 | CLOSE, bytes.toByteArray());
    }

    private synchronized void frame(int first, byte[] bytes) throws IOException {
      out.write(first);
      if (bytes.length < 126) {
        out.write(bytes.length);
      } else if (bytes.length < 1 << 16) {
        out.write(126);
        out.writeShort(bytes.length);
      } else {
        out.write(127);
        out.writeLong(bytes.length);
      }
      out.write(bytes);
      out.flush();
    }
  }
}
