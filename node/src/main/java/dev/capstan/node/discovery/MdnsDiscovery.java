package dev.capstan.node.discovery;

import dev.capstan.node.discovery.MdnsMessage.Entry;
import dev.capstan.node.discovery.MdnsMessage.Question;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.Entropy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds coordinators on the local network by multicast DNS (RFC 6762), and announces one.
 *
 * <p>One thread owns everything here but {@link Sightings}: it opens links on new interfaces,
 * closes those whose interface went away, reads what comes, asks and announces. It asks in every
 * round while nobody is known, then less and less often, down to once a minute, as section 5.2
 * wants: coordinators announce themselves when they come, again and again, and take it back when
 * they go, so asking only shortens the wait. One that died without a word stays known for two
 * minutes.
 *
 * <p>It does less than a general implementation: names are unique by themselves and are not
 * contended for, answers always go to all, and only what stands in one datagram belongs together.
 */
public final class MdnsDiscovery implements Discovery {
  private static final Logger LOG = LoggerFactory.getLogger(MdnsDiscovery.class);
  private static final int PORT = 5353;
  private static final int LARGEST_DATAGRAM = 9_000;

  /** Read from one link before the other duties have their turn. */
  private static final int DATAGRAMS_AT_A_TIME = 64;

  private static final Duration SHORTEST_ROUND = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
  private static final long SHORTEST_DELAY = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long MORE_DELAY = TimeUnit.MILLISECONDS.toNanos(100);

  private final List<String> interfaces;
  private final int port;
  private final @Nullable Announcement announcement;
  private final Clock clock = Clock.system();
  private final Entropy entropy = Entropy.system();
  private final Sightings sightings;
  private final Selector selector;
  private final ByteBuffer buffer = ByteBuffer.allocate(LARGEST_DATAGRAM);
  private final Map<InetAddress, MdnsLink> links = new HashMap<>();
  private final Set<InetAddress> failing = new HashSet<>();
  private final long round;
  private long followAt = clock.nanos();
  private long askAt = followAt;
  private long pause;
  private boolean saidNoInterface;
  private volatile boolean closed;
  private @Nullable Thread thread;

  private MdnsDiscovery(
      List<String> interfaces,
      int port,
      Duration interval,
      @Nullable String cluster,
      @Nullable Announcement announcement) {
    this.interfaces = List.copyOf(interfaces);
    this.port = port;
    this.announcement = announcement;
    this.sightings = new Sightings(cluster, announcement);
    this.round = (interval.compareTo(SHORTEST_ROUND) < 0 ? SHORTEST_ROUND : interval).toNanos();
    this.pause = round;
    try {
      this.selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("no socket can be watched", e);
    }
  }

  /**
   * Starts to look and to announce, on a thread of its own.
   *
   * @param interfaces names or addresses of network interfaces; empty for all
   * @param interval between two questions while nobody is known; at least a second counts
   * @param cluster whose coordinators are wanted; null for those of any
   * @param announcement what to announce; null for nothing
   */
  public static MdnsDiscovery open(
      List<String> interfaces,
      Duration interval,
      @Nullable String cluster,
      @Nullable Announcement announcement) {
    return open(interfaces, PORT, interval, cluster, announcement);
  }

  static MdnsDiscovery open(
      List<String> interfaces,
      int port,
      Duration interval,
      @Nullable String cluster,
      @Nullable Announcement announcement) {
    MdnsDiscovery discovery = new MdnsDiscovery(interfaces, port, interval, cluster, announcement);
    discovery.thread = Thread.ofPlatform().daemon().name("discovery-mdns").start(discovery::run);
    return discovery;
  }

  private void run() {
    try {
      while (!closed) {
        turn();
      }
    } catch (IOException e) {
      LOG.error("mDNS has ended; coordinators that come are not found any more", e);
    } finally {
      links.values().forEach(MdnsLink::close);
      links.clear();
    }
  }

  /** A datagram that shows a fault of ours must not end the search for good. */
  private void turn() throws IOException {
    try {
      doWork();
    } catch (RuntimeException e) {
      LOG.error("A turn of mDNS failed; the next one follows", e);
      selector.selectedKeys().clear();
      LockSupport.parkNanos(SHORTEST_ROUND.toNanos());
    }
  }

  private void doWork() throws IOException {
    long now = clock.nanos();
    if (now - followAt >= 0) {
      follow(now);
      sightings.expire(now);
      followAt = now + round;
    }
    if (now - askAt >= 0) {
      links.values().forEach(MdnsLink::ask);
      pause =
          known().isEmpty() ? round : Math.max(round, Math.min(pause * 2, LONGEST_PAUSE.toNanos()));
      askAt = now + pause;
    }
    long due = MdnsLink.earlier(followAt, askAt);
    for (MdnsLink link : links.values()) {
      link.announce(now);
      due = link.due(due);
    }
    selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(due - now) + 1));
    for (SelectionKey key : selector.selectedKeys()) {
      if (key.attachment() instanceof MdnsLink link) {
        receive(link);
      }
    }
    selector.selectedKeys().clear();
  }

  private void receive(MdnsLink link) {
    try {
      for (int i = 0; i < DATAGRAMS_AT_A_TIME && link.receive(buffer); i++) {
        MdnsReader.read(buffer).ifPresent(message -> take(link, message));
      }
    } catch (IOException e) {
      LOG.debug("Nothing can be read on {}", link.name(), e);
    }
  }

  private void take(MdnsLink link, MdnsMessage message) {
    if (!message.isAnswer()) {
      if (message.questions().stream().anyMatch(this::isForUs) && !knowsUs(message)) {
        link.answerAt(clock.nanos() + SHORTEST_DELAY + (long) (entropy.nextDouble() * MORE_DELAY));
      }
      return;
    }
    long now = clock.nanos();
    for (Entry entry : message.entries()) {
      if (entry instanceof Entry.Pointer pointer && pointer.name().equals(MdnsText.TYPE)) {
        sightings.heard(
            link.name(), pointer.target(), MdnsText.read(pointer, message), pointer.ttl(), now);
      }
    }
  }

  private boolean isForUs(Question question) {
    boolean type = question.type() == MdnsMessage.PTR || question.type() == MdnsMessage.ANY;
    if (question.name().equals(MdnsText.TYPE)) {
      return type;
    }
    return announcement != null
        && question.name().startsWith(MdnsText.instance(announcement) + ".");
  }

  /** RFC 6762, 7.1: who asks and tells that he knows the answer needs none. */
  private boolean knowsUs(MdnsMessage question) {
    String instance =
        announcement == null ? "" : MdnsText.instance(announcement) + "." + MdnsText.TYPE;
    return question.entries().stream()
        .anyMatch(entry ->
            entry instanceof Entry.Pointer pointer
                && pointer.target().equals(instance)
                && pointer.ttl() >= MdnsText.TTL / 2);
  }

  /** Links follow the interfaces that are there. */
  private void follow(long now) {
    List<InetAddress> present;
    try {
      present = Interfaces.addresses(interfaces);
    } catch (SocketException e) {
      LOG.debug("The network interfaces can't be listed; those known stay in use", e);
      return;
    }
    if (present.isEmpty() && !saidNoInterface) {
      LOG.warn(
          "No network interface can be used for mDNS; configured is {}",
          interfaces.isEmpty() ? "any" : interfaces);
    }
    saidNoInterface = present.isEmpty();
    List<InetAddress> gone = links.keySet().stream().filter(a -> !present.contains(a)).toList();
    gone.forEach(this::drop);
    failing.retainAll(present);
    present.stream()
        .filter(address -> !links.containsKey(address))
        .forEach(address -> add(address, now));
  }

  private void add(InetAddress address, long now) {
    try {
      links.put(address, MdnsLink.open(address, port, selector, announcement, now));
      failing.remove(address);
      askAt = now;
    } catch (IOException | RuntimeException e) {
      if (failing.add(address)) {
        LOG.warn(
            "mDNS can't be used on {}: {}; it is tried again",
            address.getHostAddress(),
            e.toString());
      }
    }
  }

  private void drop(InetAddress address) {
    MdnsLink link = links.remove(address);
    if (link != null) {
      link.close();
      sightings.lost(link.name());
    }
  }

  /** How many different announcements of other clusters were heard; counts no further than 256. */
  public int otherClusters() {
    return sightings.strangers();
  }

  /** How many different announcements could not be used; counts no further than 256. */
  public int unusable() {
    return sightings.unusable();
  }

  @Override
  public List<CoordinatorAddress> known() {
    return sightings.known().all();
  }

  @Override
  public void onChange(Consumer<List<CoordinatorAddress>> listener) {
    sightings.known().listen(listener);
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      if (thread != null && thread != Thread.currentThread()) {
        thread.join(CLOSE_LIMIT);
      }
      selector.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.debug("The selector did not close well", e);
    }
  }
}
