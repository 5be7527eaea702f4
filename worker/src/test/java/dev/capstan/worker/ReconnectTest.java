package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.SessionStatus.Phase;
import dev.capstan.worker.asyncapi.Listener;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A session outlives its streams: what is held and what is not yet sent goes on in the next one.
 */
class ReconnectTest {

  @TempDir Path directory;

  private final Gate gate = new Gate();
  private final FakeCoordinator coordinator = new FakeCoordinator();
  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    cluster =
        Cluster.start(
            directory,
            coordinator,
            options -> options.executor(gate).timing(tryingAgainSoon(FakeCoordinator.PATIENCE)));
  }

  @AfterEach
  void stop() {
    gate.open();
    cluster.close();
  }

  private static SessionTiming tryingAgainSoon(Duration handshake) {
    return new SessionTiming(Duration.ofMillis(20), Duration.ofMillis(100), handshake, 100);
  }

  private Dispatch running() {
    FakeCoordinator.Stream session = coordinator.session(0);
    Dispatch dispatch = coordinator.dispatch(Gate.KIND, "{}");
    session.send(dispatch);
    gate.awaitEntered(1);
    return dispatch;
  }

  private SessionStatus status() {
    return cluster.worker().status().sessions().getFirst();
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(condition);
  }

  @Test
  void theNextHelloListsWhatStillRunsAndItsReportComesInTheNextSession() {
    coordinator.spreadMillis(3_000);
    Dispatch dispatch = running();

    coordinator.session(0).breakOff();

    assertThat(coordinator.session(1).hello().getHoldingList())
        .containsExactly(dispatch.getToken());
    gate.open();
    assertThat(coordinator.report(dispatch.getToken()).getOutput().toStringUtf8()).isEqualTo("7");
    assertThat(coordinator.session(1).reports()).hasSize(1);
    assertThat(coordinator.session(1).reports().getFirst().getToken().getEpoch())
        .as("the token is the one of the dispatch, whatever the session")
        .isEqualTo(1);
    assertThat(status().epoch()).isEqualTo(2);
    assertThat(status().welcomes()).isEqualTo(2);
    assertThat(status().spread()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void aReportMadeWhileThereIsNoSessionIsKeptListedAndSent() {
    Dispatch dispatch = running();
    coordinator.welcoming(false);
    coordinator.session(0).breakOff();
    coordinator.session(1);
    gate.open();
    await(() -> status().unsentReports() == 1);

    coordinator.welcoming(true);
    coordinator.session(1).breakOff();

    assertThat(coordinator.session(2).hello().getHoldingList())
        .containsExactly(dispatch.getToken());
    assertThat(coordinator.report(dispatch.getToken()).getOutput().toStringUtf8()).isEqualTo("7");
    assertThat(coordinator.session(1).reports())
        .as("nothing is reported before the welcome")
        .isEmpty();
    await(() -> status().unsentReports() == 0);
  }

  @Test
  void aReportSentJustBeforeTheStreamBrokeIsSentAgain() {
    Dispatch dispatch = running();
    gate.open();
    coordinator.report(dispatch.getToken());

    coordinator.session(0).breakOff();

    assertThat(coordinator.session(1).hello().getHoldingList())
        .containsExactly(dispatch.getToken());
    await(() -> coordinator.session(1).reports().size() == 1);
    assertThat(coordinator.session(1).reports()).isEqualTo(coordinator.session(0).reports());
  }

  @Test
  void aReleasedReportIsNotSent() {
    Dispatch dispatch = running();
    gate.open();
    coordinator.report(dispatch.getToken());
    coordinator.releasing(List.of(dispatch.getToken()));

    coordinator.session(0).breakOff();
    Dispatch later = coordinator.dispatch("capstan:noop", "{}");
    coordinator.session(1).send(later);
    coordinator.report(later.getToken());

    assertThat(coordinator.session(1).reports()).hasSize(1);
    assertThat(status().unsentReports()).isZero();
  }

  @Test
  void aReleasedAttemptIsStoppedAndReportsNothing() {
    Dispatch dispatch = running();
    coordinator.releasing(List.of(dispatch.getToken()));

    coordinator.session(0).breakOff();
    await(() -> cluster.worker().status().released() == 1);
    Dispatch later = coordinator.dispatch("capstan:noop", "{}");
    coordinator.session(1).send(later);
    coordinator.report(later.getToken());

    assertThat(gate.interrupted()).containsExactly(Wire.token(dispatch.getToken()));
    assertThat(coordinator.find(dispatch.getToken())).isEmpty();
    assertThat(cluster.worker().status().running()).isZero();
  }

  @Test
  void manyReportsKeepTheirOrderOverABreak() {
    Dispatch[] all =
        Stream.generate(() -> coordinator.dispatch("capstan:noop", "{}"))
            .limit(500)
            .toArray(Dispatch[]::new);
    FakeCoordinator.Stream first = coordinator.session(0);
    first.send(all);
    await(() -> first.reports().size() == 500);

    first.breakOff();

    await(() -> coordinator.session(1).reports().size() == 500);
    assertThat(coordinator.session(1).reports()).isEqualTo(first.reports());
    assertThat(coordinator.session(1).hello().getHoldingCount()).isEqualTo(500);
  }

  @Test
  void somethingIsSentAtLeastEveryKeepAliveInterval() throws IOException {
    SessionTiming patient =
        new SessionTiming(
            Duration.ofMillis(20), Duration.ofMillis(100), FakeCoordinator.PATIENCE, 1_000);
    try (Cluster quiet =
        Cluster.start(
            directory,
            new FakeCoordinator().keepAliveMillis(60),
            options -> options.timing(patient))) {
      FakeCoordinator.Stream session = quiet.coordinator().session(0);

      await(() -> session.messages().stream().filter(WorkerMessage::hasKeepAlive).count() >= 10);

      assertThat(quiet.coordinator().streams()).hasSize(1);
    }
  }

  @Test
  void aSessionThatHearsNothingForSeveralIntervalsIsBroken() throws IOException {
    try (Cluster deaf =
        Cluster.start(
            directory,
            new FakeCoordinator().keepAliveMillis(30).echoing(false),
            options -> options)) {
      deaf.coordinator().session(1);

      assertThat(deaf.worker().status().sessions().getFirst().welcomes()).isGreaterThanOrEqualTo(1);
      await(() -> deaf.coordinator().streams().getFirst().ended());
    }
  }

  @Test
  void aCoordinatorThatDoesNotWelcomeIsTriedAgain() throws IOException {
    try (Cluster hasty =
        Cluster.start(
            directory,
            new FakeCoordinator().welcoming(false),
            options -> options.timing(tryingAgainSoon(Duration.ofMillis(500))))) {
      await(() -> hasty.coordinator().streams().size() > 1);

      hasty.coordinator().welcoming(true);
      await(() -> hasty.worker().status().sessions().getFirst().phase() == Phase.OPEN);
    }
  }

  @Test
  void aGoodbyeThatAllowsItIsFollowedByAnotherHello() {
    coordinator.session(0).goodbye("moving", true);

    coordinator.session(1);
    await(() -> status().phase() == Phase.OPEN);
  }

  @Test
  void aGoodbyeForGoodStopsEverything() {
    Dispatch dispatch = running();

    coordinator.session(0).goodbye("unknown node", false);

    await(() -> cluster.worker().status().running() == 0);
    assertThat(status().phase()).isEqualTo(Phase.REJECTED);
    assertThat(status().reason()).isEqualTo("unknown node");
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> cluster.worker().close(),
        "it waits for nobody, since nobody wants to hear of it");
    assertThat(gate.interrupted()).containsExactly(Wire.token(dispatch.getToken()));
    assertThat(coordinator.streams()).hasSize(1);
  }

  @Test
  void overARealSocketTheCoordinatorMayComeLateDieAndComeBack() throws Exception {
    FakeCoordinator remote = new FakeCoordinator();
    List<Server> servers = new ArrayList<>();
    int port = Listener.freePort();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(InetAddress.getLoopbackAddress().getHostAddress(), port)
            .usePlaintext()
            .build();
    try (Worker worker =
        Worker.connect(channel, Cluster.options(directory).executor(new Gate()).build())) {
      await(() -> worker.status().sessions().getFirst().phase() == Phase.BACKING_OFF);

      servers.add(server(port, remote));
      Dispatch held = remote.dispatch(Gate.KIND, "{}");
      remote.session(0).send(held, remote.dispatch("capstan:noop", "{}"));
      await(() -> worker.status().running() == 1);
      servers.getFirst().shutdownNow().awaitTermination();
      await(() -> worker.status().sessions().getFirst().phase() == Phase.BACKING_OFF);

      servers.add(server(port, remote));
      assertThat(remote.session(1).hello().getHoldingList()).contains(held.getToken());
      Dispatch shell = remote.dispatch("run:shell", "{\"command\":\"echo over a socket\"}");
      remote.session(1).send(shell);
      assertThat(remote.report(shell.getToken()).getOutput().toStringUtf8())
          .isEqualTo("\"over a socket\"");
    } finally {
      channel.shutdownNow();
      servers.forEach(Server::shutdownNow);
    }
  }

  private static Server server(int port, FakeCoordinator coordinator) throws IOException {
    return NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .addService(coordinator)
        .build()
        .start();
  }
}
