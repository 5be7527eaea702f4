package dev.capstan.server.log;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A way to a port of this machine, whose connections begin late or come to lead nowhere. */
final class Forwarder implements AutoCloseable {
  private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final AtomicInteger accepted = new AtomicInteger();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final int port;
  private final Duration late;
  private volatile int forgotten;

  /**
   * A way to a port.
   *
   * @param late how long each connection is there before anything goes through it
   */
  Forwarder(int port, Duration late) throws IOException {
    this.port = port;
    this.late = late;
    Thread.ofVirtual().start(this::acceptAll);
  }

  int port() {
    return door.getLocalPort();
  }

  /** How many connections have been taken. */
  int accepted() {
    return accepted.get();
  }

  /** Nothing goes through the connections of now any more; they stay open. */
  void forgetAll() {
    forgotten = accepted.get();
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket here = door.accept();
        sockets.add(here);
        int number = accepted.incrementAndGet();
        CompletableFuture.delayedExecutor(
                late.toNanos(), TimeUnit.NANOSECONDS, task -> Thread.ofVirtual().start(task))
            .execute(() -> forward(here, number));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void forward(Socket here, int number) {
    try {
      Socket there = new Socket(InetAddress.getLoopbackAddress(), port);
      sockets.add(there);
      Thread.ofVirtual().start(() -> copy(there, here, number));
      copy(here, there, number);
    } catch (IOException e) {
      // Nobody waits any more.
    }
  }

  private void copy(Socket from, Socket to, int number) {
    byte[] buffer = new byte[8_192];
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        if (number > forgotten) {
          out.write(buffer, 0, length);
        }
      }
    } catch (IOException e) {
      // One of them has gone.
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (Socket each : sockets) {
      each.close();
    }
  }
}
