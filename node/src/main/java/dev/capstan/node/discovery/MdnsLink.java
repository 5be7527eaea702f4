package dev.capstan.node.discovery;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The socket for multicast DNS on one network interface. Owned by the thread of the discovery. */
final class MdnsLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MdnsLink.class);
  private static final InetAddress GROUP_4 = InetAddress.ofLiteral("224.0.0.251");
  private static final InetAddress GROUP_6 = InetAddress.ofLiteral("ff02::fb");
  private static final int HOPS = 255;
  private static final long REPEAT = Duration.ofSeconds(MdnsText.TTL / 3).toNanos();

  /** RFC 6762, 6: nothing is told again within a second. */
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final InetAddress address;
  private final DatagramChannel channel;
  private final InetSocketAddress group;
  private final @Nullable Announcement announcement;
  private long announceAt;
  private long announcedAt;
  private boolean repeated;

  private MdnsLink(
      InetAddress address,
      DatagramChannel channel,
      InetSocketAddress group,
      @Nullable Announcement announcement,
      long now) {
    this.address = address;
    this.channel = channel;
    this.group = group;
    this.announcement = announcement;
    this.announceAt = now;
    this.announcedAt = now - SECOND;
  }

  /**
   * Takes part on the interface with this address.
   *
   * @param announcement what is to be told there; null for nothing
   * @throws IOException if the interface can't be used
   */
  static MdnsLink open(
      InetAddress address,
      int port,
      Selector selector,
      @Nullable Announcement announcement,
      long now)
      throws IOException {
    boolean four = address instanceof Inet4Address;
    NetworkInterface network = NetworkInterface.getByInetAddress(address);
    if (network == null) {
      throw new IOException("no interface has the address " + address.getHostAddress());
    }
    InetAddress group = four ? GROUP_4 : GROUP_6;
    DatagramChannel channel =
        DatagramChannel.open(four ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, network);
      channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
      channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
      channel.bind(new InetSocketAddress(port));
      channel.join(group, network);
      channel.configureBlocking(false);
      MdnsLink link =
          new MdnsLink(
              address,
              channel,
              new InetSocketAddress(group, port),
              isReachable(announcement, address) ? announcement : null,
              now);
      channel.register(selector, SelectionKey.OP_READ, link);
      return link;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Who listens on loopback alone has nothing to say to other machines. */
  private static boolean isReachable(@Nullable Announcement announcement, InetAddress address) {
    String host = announcement == null ? null : announcement.host();
    return host == null || !MdnsText.isLoopback(host) || address.isLoopbackAddress();
  }

  /** What the sightings call it. */
  String name() {
    return address.getHostAddress();
  }

  /**
   * Takes a datagram into {@code buffer}; false when there is none, or when it is not to be used.
   */
  boolean receive(ByteBuffer buffer) throws IOException {
    buffer.clear();
    // RFC 6762, 6: what comes from another port was not sent by who takes part.
    return channel.receive(buffer) instanceof InetSocketAddress from
        && from.getPort() == group.getPort()
        && buffer.flip().hasRemaining();
  }

  void ask() {
    send(MdnsWriter.question(MdnsText.TYPE));
  }

  /** Answers soon: others may answer too, and shall not all do so in the same instant. */
  void answerAt(long time) {
    if (announcement != null) {
      announceAt = earlier(announceAt, later(time, announcedAt + SECOND));
    }
  }

  /** Announces if it is time to. */
  void announce(long now) {
    if (announcement != null && now - announceAt >= 0) {
      send(MdnsWriter.answer(MdnsText.write(announcement, address, MdnsText.TTL)));
      announcedAt = now;
      announceAt = now + (repeated ? REPEAT : SECOND);
      repeated = true;
    }
  }

  /** When {@link #announce} has something to do again; {@code otherwise} if never. */
  long due(long otherwise) {
    return announcement == null ? otherwise : earlier(announceAt, otherwise);
  }

  private void send(ByteBuffer data) {
    try {
      channel.send(data, group);
    } catch (IOException e) {
      LOG.debug("Nothing can be sent on {}", name(), e);
    }
  }

  /** Takes the announcement back. */
  @Override
  public void close() {
    if (announcement != null) {
      send(MdnsWriter.answer(MdnsText.write(announcement, address, 0)));
    }
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("The socket on {} did not close well", name(), e);
    }
  }

  static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  private static long later(long a, long b) {
    return a - b > 0 ? a : b;
  }
}
