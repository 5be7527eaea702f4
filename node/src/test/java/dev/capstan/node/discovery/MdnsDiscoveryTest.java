package dev.capstan.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.node.discovery.MdnsMessage.Entry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Real multicast on the loopback interface, which Linux does not mark as able to it and which is
 * able to it all the same. On a port that nobody else uses, so that this machine's own mDNS is left
 * alone.
 */
final class MdnsDiscoveryTest {
  private static final List<String> LOOPBACK = List.of("127.0.0.1");

  /** Below those that systems give to whoever asks for any. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(20_000, 32_000));

  private int port;

  @BeforeEach
  void choosePort() {
    boolean free = false;
    while (!free) {
      port = NEXT_PORT.getAndIncrement();
      try (DatagramChannel channel = DatagramChannel.open()) {
        free = channel.bind(new InetSocketAddress(port)).isOpen();
      } catch (IOException taken) {
        free = false;
      }
    }
  }

  @Test
  void coordinatorsOfOneClusterFindEachOtherUntilTheyGo() {
    try (MdnsDiscovery worker = open("ours", null);
        MdnsDiscovery first = open("ours", announcement("ours", "c1", 7001))) {
      try (MdnsDiscovery second = open("ours", announcement("ours", "c2", 7002));
          MdnsDiscovery stranger = open("theirs", announcement("theirs", "c1", 7003))) {
        awaitNodes(worker, "c1", "c2");
        awaitNodes(first, "c2");
        awaitNodes(second, "c1");
        soon()
            .untilAsserted(() ->
                assertThat(
                        List.of(
                            worker.otherClusters(),
                            first.otherClusters(),
                            stranger.otherClusters()))
                    .containsExactly(1, 1, 2));
        assertThat(stranger.known()).isEmpty();
        assertThat(worker.known())
            .containsExactly(
                new CoordinatorAddress("127.0.0.1", 7001, "ours", "c1"),
                new CoordinatorAddress("127.0.0.1", 7002, "ours", "c2"));
      }
      awaitNodes(worker, "c1");
      awaitNodes(first);
    }
  }

  /** The announcements of the start are long over for a newcomer, so it must have asked. */
  @Test
  void aNewcomerAsksAndFindsThoseOfAnyCluster() {
    try (MdnsDiscovery ours = open("ours", announcement("ours", "c1", 7001));
        MdnsDiscovery theirs = open("theirs", announcement("theirs", "c1", 7003))) {
      soon().until(() -> ours.otherClusters() == 1 && theirs.otherClusters() == 1);
      try (MdnsDiscovery newcomer = open(null, null)) {
        soon()
            .untilAsserted(() ->
                assertThat(newcomer.known())
                    .extracting(CoordinatorAddress::cluster)
                    .containsExactly("ours", "theirs"));
      }
    }
  }

  @Test
  void listenersAreToldOfComingAndGoing() {
    List<List<Integer>> told = Collections.synchronizedList(new ArrayList<>());
    try (MdnsDiscovery worker = open("ours", null)) {
      worker.onChange(known -> told.add(known.stream().map(CoordinatorAddress::port).toList()));
      try (MdnsDiscovery coordinator = open("ours", announcement("ours", "c1", 7001))) {
        awaitNodes(worker, "c1");
        assertThat(coordinator.known()).isEmpty();
      }
      // Who listens is told behind the moment in which it is known.
      soon()
          .untilAsserted(
              () -> assertThat(told).containsExactly(List.of(), List.of(7001), List.of()));
    }
  }

  @Test
  void whoFloodsTheNetworkHidesNobody() throws IOException {
    try (MdnsDiscovery worker = open("ours", null);
        Sender sender = new Sender(port)) {
      for (int i = 0; i < 5_000; i++) {
        Announcement noise = announcement("noise", "n" + i, 1);
        sender.send(
            MdnsWriter.answer(MdnsText.write(noise, InetAddress.ofLiteral("127.0.0.1"), 120)));
        sender.send(ByteBuffer.wrap(("noise" + i).getBytes(StandardCharsets.UTF_8)));
        sender.send(
            MdnsWriter.answer(
                List.of(new Entry.Pointer(MdnsText.TYPE, 120, "n" + i + "." + MdnsText.TYPE))));
      }
      try (MdnsDiscovery coordinator = open("ours", announcement("ours", "c1", 7001))) {
        awaitNodes(worker, "c1");
        assertThat(coordinator.known()).isEmpty();
      }
    }
  }

  @Test
  void answersFromAnotherPortDoNotCount() throws IOException {
    ByteBuffer answer =
        MdnsWriter.answer(
            MdnsText.write(
                announcement("ours", "forged", 1), InetAddress.ofLiteral("127.0.0.1"), 120));
    try (MdnsDiscovery worker = open("ours", null);
        Sender elsewhere = new Sender(0);
        MdnsDiscovery coordinator = open("ours", announcement("ours", "c1", 7001))) {
      awaitNodes(worker, "c1");
      elsewhere.send(answer);
      try (MdnsDiscovery later = open("ours", announcement("ours", "c2", 7002))) {
        awaitNodes(worker, "c1", "c2");
        assertThat(later.unusable() + coordinator.unusable()).isZero();
      }
    }
  }

  @Test
  void closingEndsTheThread() {
    open("ours", announcement("ours", "c1", 7001)).close();

    soon()
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("discovery-mdns")));
  }

  /** Whoever else is on the network. */
  private final class Sender implements AutoCloseable {
    private final DatagramChannel channel;

    /** From a port; 0 for any. */
    Sender(int from) throws IOException {
      channel = DatagramChannel.open(StandardProtocolFamily.INET);
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.setOption(
          StandardSocketOptions.IP_MULTICAST_IF,
          NetworkInterface.getByInetAddress(InetAddress.ofLiteral("127.0.0.1")));
      channel.bind(new InetSocketAddress(from));
    }

    void send(ByteBuffer data) throws IOException {
      channel.send(
          data.duplicate(), new InetSocketAddress(InetAddress.ofLiteral("224.0.0.251"), port));
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private MdnsDiscovery open(@Nullable String cluster, @Nullable Announcement announcement) {
    return MdnsDiscovery.open(LOOPBACK, port, Duration.ofSeconds(1), cluster, announcement);
  }

  private static Announcement announcement(String cluster, String node, int port) {
    return new Announcement(cluster, node, null, port);
  }

  private static void awaitNodes(Discovery discovery, String... nodes) {
    soon()
        .untilAsserted(() ->
            assertThat(discovery.known())
                .extracting(CoordinatorAddress::node)
                .containsExactly(nodes));
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(20));
  }
}
