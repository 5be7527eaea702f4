package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Coordinators that go, come back, or are silent, over real sockets. */
class GrpcPeersTest {
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);
  private static final Duration SOON = Duration.ofMillis(500);

  private final Map<String, InetSocketAddress> addresses = new ConcurrentHashMap<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final GrpcPeers asker = peers(0);

  private GrpcPeers peers(int port) {
    GrpcPeers made =
        new GrpcPeers(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            InsecureServerCredentials.create(),
            InsecureChannelCredentials.create(),
            addresses,
            1 << 20);
    open.add(made);
    return made;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private GrpcPeers serving(int port) throws IOException {
    GrpcPeers other = peers(port);
    other.serve((_, _, request) -> request);
    return other;
  }

  private byte[] ask() throws IOException {
    return asker.call("other", PeerNetwork.Call.VOTE, HELLO, SOON);
  }

  private void fails() {
    assertThatThrownBy(this::ask).isInstanceOf(IOException.class);
  }

  @Test
  void aCoordinatorIsAskedAndAnswers() throws IOException {
    addresses.put("other", loopback(serving(0).port()));

    await().untilAsserted(() -> assertThat(ask()).isEqualTo(HELLO));
  }

  /** After some failures gRPC by itself would try again after 1, 1.6, 2.6, 4.1 and more seconds. */
  @Test
  void oneThatRefusesIsTriedAgainSoonHoweverOftenItHasRefused() throws IOException {
    AtomicInteger tries = new AtomicInteger();
    ServerSocket refuser = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.add(refuser);
    Thread.ofVirtual().start(() -> refuseAll(refuser, tries));
    addresses.put("other", loopback(refuser.getLocalPort()));

    await()
        .atMost(Duration.ofSeconds(9))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          fails();
          return tries.get() >= 10;
        });
  }

  private static void refuseAll(ServerSocket refuser, AtomicInteger tries) {
    try {
      while (true) {
        try (Socket _ = refuser.accept()) {
          tries.incrementAndGet();
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  /** As when the other machine lost its power, and another has its address now. */
  @Test
  void aConnectionThatLeadsNowhereIsReplaced() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      addresses.put("other", loopback(silent.getLocalPort()));
      List<Socket> accepted = new ArrayList<>();

      fails();
      accepted.add(silent.accept());
      fails();
      silent.setSoTimeout(10_000);
      accepted.add(silent.accept());

      assertThat(accepted).hasSize(2);
      for (Socket each : accepted) {
        each.close();
      }
    }
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
