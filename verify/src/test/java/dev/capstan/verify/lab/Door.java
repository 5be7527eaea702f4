package dev.capstan.verify.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A port of loopback in this JVM behind which is a port of a host. Where nobody listens in the
 * host, a connection is made and then closed at once.
 */
final class Door implements AutoCloseable {
  private final ServerSocketChannel server;
  private final Path doors;
  private final InetSocketAddress target;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

  Door(Path doors, InetSocketAddress target) throws IOException {
    this.doors = doors;
    this.target = target;
    this.server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual().start(this::accept);
  }

  InetSocketAddress address() {
    try {
      return (InetSocketAddress) server.getLocalAddress();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel guest = server.accept();
        open.removeIf(each -> !each.isOpen());
        open.add(guest);
        connect(guest);
      }
    } catch (IOException e) {
      // The door is closed: accept ends in no other way.
      open.forEach(Pump::close);
    }
  }

  private void connect(SocketChannel guest) {
    try {
      SocketChannel inside = SocketChannel.open(StandardProtocolFamily.UNIX);
      open.add(inside);
      inside.connect(UnixDomainSocketAddress.of(doors));
      ByteBuffer where = ByteBuffer.allocate(6);
      where.put(target.getAddress().getAddress()).putShort((short) target.getPort()).flip();
      while (where.hasRemaining()) {
        inside.write(where);
      }
      Pump.start(guest, inside);
    } catch (IOException e) {
      Pump.close(guest);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    open.forEach(Pump::close);
  }
}
