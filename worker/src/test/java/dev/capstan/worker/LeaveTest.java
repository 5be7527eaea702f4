package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.SessionStatus.Phase;
import dev.capstan.worker.executor.Limits;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that is closed goes in order, and several coordinators share one worker. */
class LeaveTest {

  @TempDir Path directory;

  private final Gate gate = new Gate();

  private Cluster cluster(Duration grace) throws Exception {
    return cluster(options -> options.leaveGrace(grace));
  }

  /** With as much time for what was stopped to end as a busy machine takes. */
  private Cluster cluster(UnaryOperator<WorkerOptions.Builder> more) throws Exception {
    Limits patient = Limits.ofDefaults().withKillGrace(FakeCoordinator.PATIENCE);
    return Cluster.start(
        directory,
        new FakeCoordinator(),
        options -> more.apply(options.limits(patient).executor(gate)));
  }

  private static Dispatch running(Cluster cluster, Gate gate) {
    Dispatch dispatch = cluster.coordinator().dispatch(Gate.KIND, "{}");
    cluster.coordinator().session(0).send(dispatch);
    gate.awaitEntered(1);
    return dispatch;
  }

  private static boolean saidLeave(Cluster cluster) {
    return cluster.coordinator().session(0).messages().stream().anyMatch(WorkerMessage::hasLeave);
  }

  @Test
  void itSaysSoLetsAttemptsEndAndTakesNoMore() throws Exception {
    try (Cluster cluster = cluster(Duration.ofSeconds(20))) {
      Dispatch dispatch = running(cluster, gate);
      Thread closing = Thread.startVirtualThread(() -> cluster.worker().close());
      Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> saidLeave(cluster));

      assertThat(cluster.run("capstan:noop", "{}").getRefusal().getReason())
          .isEqualTo("the node is leaving");

      gate.open();
      closing.join();
      assertThat(cluster.coordinator().report(dispatch.getToken()).getOutput().toStringUtf8())
          .isEqualTo("7");
      assertThat(cluster.coordinator().session(0).ended()).isTrue();
      assertThat(cluster.worker().status().sessions().getFirst().phase()).isEqualTo(Phase.CLOSED);
    }
  }

  @Test
  void whatIsNotDoneByTheDeadlineIsHandedBack() throws Exception {
    try (Cluster cluster = cluster(Duration.ofMillis(50))) {
      Dispatch dispatch = running(cluster, gate);

      cluster.worker().close();

      assertThat(cluster.coordinator().report(dispatch.getToken()).getRefusal().getReason())
          .isEqualTo("the node left before the attempt ended");
      assertThat(gate.interrupted()).hasSize(1);
    }
  }

  @Test
  void whatMayRunElsewhereGoesBackAtOnceAndWhatMustNotIsLeftToEnd() throws Exception {
    try (Cluster cluster = cluster(options -> options.leaveGraceOnce(Duration.ofHours(1)))) {
      Dispatch movable = running(cluster, gate);
      Dispatch once =
          cluster.coordinator().dispatch(Gate.KIND, "{}").toBuilder().setOnce(true).build();
      cluster.coordinator().session(0).send(once);
      gate.awaitEntered(2);

      Thread closing = Thread.startVirtualThread(() -> cluster.worker().close());

      assertThat(cluster.coordinator().report(movable.getToken()).getRefusal().getBegun()).isTrue();
      assertThat(cluster.worker().status().running()).isEqualTo(1);
      gate.open();
      assertThat(cluster.coordinator().report(once.getToken()).getOutput().toStringUtf8())
          .isEqualTo("7");
      closing.join();
      assertThat(gate.interrupted()).hasSize(1);
    }
  }

  @Test
  void whatMustNotRunElsewhereGoesBackWhenItsOwnGraceIsOver() throws Exception {
    try (Cluster cluster = cluster(options -> options.leaveGraceOnce(Duration.ofMillis(50)))) {
      Dispatch once =
          cluster.coordinator().dispatch(Gate.KIND, "{}").toBuilder().setOnce(true).build();
      cluster.coordinator().session(0).send(once);
      gate.awaitEntered(1);

      cluster.worker().close();

      assertThat(cluster.coordinator().report(once.getToken()).getRefusal().getBegun()).isTrue();
    }
  }

  @Test
  void whatHasBegunIsHandedBackAsBegun() throws Exception {
    try (Cluster cluster = cluster(Duration.ofMillis(50))) {
      Dispatch dispatch = running(cluster, gate);

      cluster.worker().close();

      assertThat(cluster.coordinator().report(dispatch.getToken()).getRefusal().getBegun())
          .isTrue();
    }
  }

  @Test
  void whatWasTakenAndHasNotBegunIsHandedBackAsThat() throws Exception {
    List<Runnable> taken = new CopyOnWriteArrayList<>();
    try (Cluster cluster =
        Cluster.start(
            directory,
            new FakeCoordinator(),
            options -> options.leaveGrace(Duration.ofHours(1)).executor(gate),
            (_, attempt) -> taken.add(attempt))) {
      Dispatch dispatch = cluster.coordinator().dispatch(Gate.KIND, "{}");
      cluster.coordinator().session(0).send(dispatch);
      Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> !taken.isEmpty());

      cluster.worker().session().handBack();
      taken.forEach(Runnable::run);

      Report report = cluster.coordinator().report(dispatch.getToken());
      assertThat(report.hasRefusal()).isTrue();
      assertThat(report.getRefusal().getBegun()).isFalse();
      assertThat(gate.entered()).isZero();
    }
  }

  @Test
  void ifTheLeaderGoesMeanwhileTheNextOneGetsTheReports() throws Exception {
    FakeCoordinator next = new FakeCoordinator().named("c2").leading(false).term(2);
    String name = UUID.randomUUID().toString();
    Server server = InProcessServerBuilder.forName(name).addService(next).build().start();
    ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
    try (Cluster cluster = cluster(Duration.ofSeconds(60))) {
      Dispatch dispatch = running(cluster, gate);
      cluster.worker().attach(channel);
      next.session(0);
      Thread closing = Thread.startVirtualThread(() -> cluster.worker().close());
      Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> saidLeave(cluster));
      cluster.coordinator().welcoming(false).session(0).breakOff();
      gate.open();
      next.epoch(1).session(0).lead();

      assertThat(next.report(dispatch.getToken()).getOutput().toStringUtf8()).isEqualTo("7");
      closing.join();
      assertThat(next.session(0).messages()).anyMatch(WorkerMessage::hasLeave);
      assertThat(next.session(0).ended()).isTrue();
      assertThat(cluster.worker().status().sessions())
          .allMatch(session -> session.phase() == Phase.CLOSED);
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  @Test
  void aLeaderThatBreaksAtTheVeryEndIsNotTheLastWord() throws Exception {
    FakeCoordinator next = new FakeCoordinator().named("c2").leading(false).term(2);
    String name = UUID.randomUUID().toString();
    Server server = InProcessServerBuilder.forName(name).addService(next).build().start();
    ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
    try (Cluster cluster = cluster(Duration.ofSeconds(60))) {
      Dispatch dispatch = running(cluster, gate);
      cluster.worker().attach(channel);
      next.session(0);
      gate.open();
      cluster.coordinator().report(dispatch.getToken());
      cluster
          .coordinator()
          .welcoming(false)
          .breakingAtTheEnd(() -> next.epoch(1).session(0).lead());

      cluster.worker().close();

      assertThat(next.report(dispatch.getToken()).getOutput().toStringUtf8()).isEqualTo("7");
      assertThat(next.session(0).ended()).isTrue();
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  @Test
  void closingWithoutACoordinatorEndsAtOnce() {
    ManagedChannel nowhere = InProcessChannelBuilder.forName("nowhere").build();
    Worker worker =
        Worker.connect(nowhere, Cluster.options(directory).leaveGrace(Duration.ofHours(1)).build());
    Awaitility.await()
        .atMost(FakeCoordinator.PATIENCE)
        .until(() -> worker.status().sessions().getFirst().phase() == Phase.BACKING_OFF);

    worker.close();
    worker.close();
    nowhere.shutdownNow();

    assertThat(worker.status().sessions().getFirst().phase()).isEqualTo(Phase.CLOSED);
    assertThat(directory).isEmptyDirectory();
  }
}
