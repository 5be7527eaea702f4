package dev.capstan.security.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One connection over the loopback: the client sends a byte as soon as TLS lets it, the server
 * answers with one.
 *
 * @param client what the client's end came to
 * @param server what the server's end came to
 */
record Handshake(End client, End server) {
  private static final int LIMIT_MILLIS = 30_000;

  /**
   * One end.
   *
   * @param failure why there was no connection; null when there was one
   * @param received whether the other end's byte came
   */
  record End(@Nullable SSLSession session, @Nullable IOException failure, boolean received) {
    /** The refusal of this end's own trust. */
    RefusedPeerException refusal() {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        if (cause instanceof RefusedPeerException refusal) {
          return refusal;
        }
      }
      throw new AssertionError("This end refused nothing", failure);
    }

    String message() {
      return failure == null ? "" : String.valueOf(failure.getMessage());
    }
  }

  static Handshake between(HttpTls client, HttpTls server) throws Exception {
    return made(client, server, 1, () -> {}).getFirst();
  }

  /** Two connections to one port, one after the other, and something between them. */
  static List<Handshake> inTurn(HttpTls client, HttpTls server, Runnable between) throws Exception {
    return made(client, server, 2, between);
  }

  private static List<Handshake> made(HttpTls client, HttpTls server, int times, Runnable after)
      throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    List<Handshake> made = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        SSLServerSocket listening =
            (SSLServerSocket)
                server.context().getServerSocketFactory().createServerSocket(0, 1, loopback)) {
      listening.setSSLParameters(server.parameters());
      listening.setSoTimeout(LIMIT_MILLIS);
      for (int i = 0; i < times; i++) {
        CompletableFuture<End> accepted =
            CompletableFuture.supplyAsync(() -> accept(listening), threads);
        End end = connect(client, listening.getLocalPort());
        made.add(new Handshake(end, accepted.get(LIMIT_MILLIS, TimeUnit.MILLISECONDS)));
        after.run();
      }
    }
    return made;
  }

  private static End accept(SSLServerSocket listening) {
    try (SSLSocket socket = (SSLSocket) listening.accept()) {
      return talk(socket);
    } catch (IOException e) {
      return new End(null, e, false);
    }
  }

  /** Closed when this returns, for which the other end waits. */
  private static End connect(HttpTls client, int port) throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            client
                .context()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSSLParameters(client.parameters());
      return talk(socket);
    }
  }

  /** The first failure counts; what breaks after it is only its echo. */
  private static End talk(SSLSocket socket) throws IOException {
    socket.setSoTimeout(LIMIT_MILLIS);
    try {
      socket.startHandshake();
      socket.getOutputStream().write('x');
      boolean received = socket.getInputStream().read() == 'x';
      return new End(socket.getSession(), null, received);
    } catch (IOException e) {
      return new End(null, e, false);
    }
  }
}
