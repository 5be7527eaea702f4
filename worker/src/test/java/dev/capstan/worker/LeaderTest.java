package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.SessionStatus.Phase;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two coordinators, of which one leads: what is held belongs to neither. */
class LeaderTest {

  @TempDir Path directory;

  private final Gate gate = new Gate();
  private final FakeCoordinator first = new FakeCoordinator().named("c1").keepAliveMillis(200);
  private final FakeCoordinator second =
      new FakeCoordinator().named("c2").keepAliveMillis(200).leading(false).knowing("c1");
  private Cluster cluster;
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    cluster = Cluster.start(directory, first, options -> options.slots(2).executor(gate));
    String name = UUID.randomUUID().toString();
    server = InProcessServerBuilder.forName(name).addService(second).build().start();
    channel = InProcessChannelBuilder.forName(name).build();
    first.session(0);
    cluster.worker().attach(channel);
    second.session(0);
    await(() -> phase(1) == Phase.STANDBY);
  }

  @AfterEach
  void stop() {
    gate.open();
    cluster.close();
    channel.shutdownNow();
    server.shutdownNow();
  }

  private static void await(Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(FakeCoordinator.PATIENCE)
        .pollInterval(Duration.ofMillis(2))
        .until(condition);
  }

  private Phase phase(int coordinator) {
    return cluster.worker().status().sessions().get(coordinator).phase();
  }

  private Dispatch running() {
    Dispatch dispatch = first.dispatch(Gate.KIND, "{}");
    first.session(0).send(dispatch);
    gate.awaitEntered(1);
    return dispatch;
  }

  /** The first coordinator can't be reached from now on. */
  private void cutOff() {
    first.welcoming(false);
    first.session(0).breakOff();
  }

  private long keepAlives(FakeCoordinator coordinator) {
    return coordinator.session(0).messages().stream().filter(WorkerMessage::hasKeepAlive).count();
  }

  @Test
  void aCoordinatorThatDoesNotLeadHearsKeepAlivesAlone() {
    Dispatch dispatch = running();
    gate.open();
    first.report(dispatch.getToken());
    await(() -> keepAlives(second) > 3);

    assertThat(second.session(0).messages())
        .allMatch(message -> message.hasHello() || message.hasKeepAlive());
  }

  @Test
  void attemptsGoOnAndReportToTheNextLeader() {
    Dispatch dispatch = running();
    cutOff();
    second.epoch(1).session(0).lead();

    await(() -> phase(1) == Phase.OPEN);
    assertThat(second.session(0).hellos().getLast().getHoldingList())
        .containsExactly(dispatch.getToken());
    assertThat(second.session(0).hellos().getLast().getEpoch()).isEqualTo(1);
    gate.open();
    assertThat(second.report(dispatch.getToken()).getOutput().toStringUtf8()).isEqualTo("7");
  }

  @Test
  void aReportThatTheFormerLeaderMayNotHaveCommittedGoesToTheNextToo() {
    Dispatch dispatch = running();
    gate.open();
    first.report(dispatch.getToken());
    second.epoch(1).session(0).lead();

    second.report(dispatch.getToken());

    assertThat(second.session(0).hellos().getLast().getHoldingList())
        .containsExactly(dispatch.getToken());
  }

  @Test
  void nothingIsTakenFromALeaderThatWasReplaced() {
    second.epoch(1).session(0).lead();
    await(() -> phase(1) == Phase.OPEN);
    Dispatch late = first.dispatch(Gate.KIND, "{}");
    first.session(0).send(late);
    Dispatch next = second.dispatch("capstan:noop", "{}");
    second.session(0).send(next);
    second.report(next.getToken());
    long heard = keepAlives(second);
    await(() -> keepAlives(second) > heard);

    assertThat(cluster.worker().status().running()).isZero();
    assertThat(first.find(late.getToken())).isEmpty();
  }

  @Test
  void aNodeThatIsCutOffFromTheLeaderStopsWhatItHolds() {
    Dispatch dispatch = running();

    cutOff();

    await(() -> cluster.worker().status().running() == 0);
    assertThat(cluster.worker().status().released()).isEqualTo(1);
    assertThat(second.find(dispatch.getToken())).isEmpty();
  }

  @Test
  void whileNobodyLeadsAttemptsGoOnForLongerThanALease() {
    second.knowing("");
    long heard = keepAlives(second);
    await(() -> keepAlives(second) > heard + 1);
    running();
    long before = keepAlives(second);

    cutOff();

    // Twenty of them take more than a lease, and far less than the eight after which it is too
    // long.
    await(() -> keepAlives(second) > before + 20);
    assertThat(cluster.worker().status().running()).isEqualTo(1);
    assertThat(cluster.worker().status().released()).isZero();
  }
}
