package dev.capstan.verify.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;

/** Copies between two connections, both ways, until both have ended or one has failed. */
final class Pump {
  private final AtomicInteger open = new AtomicInteger(2);
  private final SocketChannel one;
  private final SocketChannel other;

  private Pump(SocketChannel one, SocketChannel other) {
    this.one = one;
    this.other = other;
  }

  /** Starts to copy, on threads of its own, which close both connections at the end. */
  static void start(SocketChannel one, SocketChannel other) {
    Pump pump = new Pump(one, other);
    Thread.ofVirtual().start(() -> pump.copy(one, other));
    Thread.ofVirtual().start(() -> pump.copy(other, one));
  }

  private void copy(SocketChannel from, SocketChannel to) {
    try {
      ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
      while (from.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
      to.shutdownOutput();
      if (open.decrementAndGet() == 0) {
        end();
      }
    } catch (IOException e) {
      // A connection that breaks on one side must break on the other, and that is all there is to
      // do about it.
      end();
    }
  }

  private void end() {
    close(one);
    close(other);
  }

  /** Closes a connection that nobody needs any more, whatever its state. */
  static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      System.err.println("a connection did not close: " + e);
    }
  }
}
