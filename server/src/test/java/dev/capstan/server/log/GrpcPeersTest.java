package dev.capstan.server.log;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
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
  private static final Duration LATE = Duration.ofSeconds(30);

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

  private byte[] ask(Duration within) throws IOException {
    return asker.call("other", PeerNetwork.Call.VOTE, HELLO, within);
  }

  private void fails() {
    assertThatThrownBy(() -> ask(SOON)).isInstanceOf(IOException.class);
  }

  @Test
  void aCoordinatorIsAskedAndAnswers() throws IOException {
    addresses.put("other", loopback(serving(0).port()));

    answersSoon();
  }

  /** Threads of its owner may not have heard yet that it is closed. */
  @Test
  void whoIsClosedAsksNobodyAndSaysSo() throws IOException {
    addresses.put("other", loopback(serving(0).port()));
    asker.close();

    assertThatThrownBy(() -> ask(LATE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("this coordinator stops");
  }

  /**
   * After some failures gRPC by itself would try again after 1, 1.6, 2.6, 4.1 and more seconds,
   * which are 90 s for ten tries.
   */
  @Test
  void oneThatRefusesIsTriedAgainSoonHoweverOftenItHasRefused() throws IOException {
    AtomicInteger tries = new AtomicInteger();
    ServerSocket refuser = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.add(refuser);
    Thread.ofVirtual().start(() -> refuseAll(refuser, tries));
    addresses.put("other", loopback(refuser.getLocalPort()));

    await()
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
    Forwarder way = forwarder(Duration.ZERO);
    addresses.put("other", loopback(way.port()));
    answersSoon();

    way.forgetAll();

    fails();
    answersSoon();
    assertThat(way.accepted()).isEqualTo(2);
  }

  /**
   * As on a machine that has more to do than it can: a handshake may take longer than an answer.
   */
  @Test
  void aConnectionThatTakesLongerThanAnAnswerMayIsWaitedFor() throws IOException {
    Forwarder way = forwarder(SOON.multipliedBy(2));
    addresses.put("other", loopback(way.port()));

    fails();
    answersSoon();

    assertThat(way.accepted()).isEqualTo(1);
  }

  @Test
  void aConnectionThatNeverComesUpIsReplaced() throws IOException {
    ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.add(silent);
    silent.setSoTimeout(1);
    addresses.put("other", loopback(silent.getLocalPort()));

    for (int connection = 0; connection < 2; connection++) {
      await()
          .until(() -> {
            fails();
            return accepts(silent);
          });
    }
  }

  private boolean accepts(ServerSocket silent) throws IOException {
    try {
      return open.add(silent.accept());
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  /** With time for the answer of a busy machine: what is late would be taken for a silence. */
  private void answersSoon() {
    await()
        .ignoreException(IOException.class)
        .untilAsserted(() -> assertThat(ask(LATE)).isEqualTo(HELLO));
  }

  private Forwarder forwarder(Duration late) throws IOException {
    Forwarder made = new Forwarder(serving(0).port(), late);
    open.add(made);
    return made;
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
