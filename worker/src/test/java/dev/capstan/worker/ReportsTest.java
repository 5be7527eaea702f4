package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Reports;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.executor.Outcome;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many results travel in one message, none of them late, and none of the messages too large. */
class ReportsTest {

  @TempDir Path directory;

  @Test
  void theNoopsOfOneMessageAreAnsweredInOneMessage() throws Exception {
    try (Cluster cluster = Cluster.start(directory)) {
      FakeCoordinator.Stream session = cluster.coordinator().session(0);

      session.send(noops(cluster, 3000));
      awaitReports(session, 3000);

      assertThat(session.messagesOfReports()).hasSize(1);
      assertThat(cluster.worker().status().completed()).isEqualTo(3000);
    }
  }

  /** So that it says nothing else meanwhile. */
  @Test
  void aWorkerTellsHowManyDispatchesItHasRead() throws Exception {
    try (Cluster cluster =
        Cluster.start(
            directory, new FakeCoordinator().keepAliveMillis(60_000), options -> options)) {
      FakeCoordinator.Stream session = cluster.coordinator().session(0);

      session.send(noops(cluster, 3));
      awaitReports(session, 3);
      session.send(noops(cluster, 2));
      awaitReports(session, 5);

      assertThat(session.messagesOfReports())
          .extracting(WorkerMessage::getDispatchesRead)
          .containsExactly(3L, 5L);
      assertThat(session.messages().getFirst().getHello().getConfirms()).isTrue();
    }
  }

  @Test
  void aWorkerThatReportsNothingTellsWithItsKeepAlives() throws Exception {
    try (Cluster cluster = Cluster.start(directory)) {
      FakeCoordinator.Stream session = cluster.coordinator().session(0);

      session.send(cluster.coordinator().dispatch("run:shell", "{\"command\":\"sleep 60\"}"));

      Awaitility.await()
          .atMost(FakeCoordinator.PATIENCE)
          .until(() ->
              session.messages().stream()
                  .anyMatch(message -> message.hasKeepAlive() && message.getDispatchesRead() == 1));
    }
  }

  @Test
  void aMessageOfReportsIsNeverLargerThan256Kilobytes() throws Exception {
    try (Cluster cluster = Cluster.start(directory)) {
      FakeCoordinator.Stream session = cluster.coordinator().session(0);

      session.send(noops(cluster, 40_000));
      awaitReports(session, 40_000);

      List<Reports> messages =
          session.messagesOfReports().stream().map(WorkerMessage::getReports).toList();
      assertThat(messages).hasSizeBetween(2, 20);
      assertThat(messages)
          .allSatisfy(message ->
              assertThat(
                      message.getReportsList().stream()
                          .mapToInt(report -> report.getSerializedSize())
                          .sum())
                  .isLessThanOrEqualTo(Outbox.MAX_MESSAGE_BYTES));
    }
  }

  @Test
  void oneLargeReportTravelsAlone() throws Exception {
    try (Cluster cluster = Cluster.start(directory)) {
      assertThat(
              cluster
                  .run("capstan:noop", "{\"output\":\"%s\"}".formatted("x".repeat(500_000)))
                  .getOutput()
                  .size())
          .isEqualTo(500_002);
    }
  }

  @Test
  void whatGathersWhileTheCoordinatorDoesNotReadTravelsTogether() throws Exception {
    FakeCoordinator coordinator = new FakeCoordinator().keepAliveMillis(60_000);
    try (Cluster cluster =
        Cluster.start(
            directory,
            coordinator,
            options ->
                options
                    .slots(500)
                    .executor(
                        new ScriptedExecutor(
                            _ -> new Outcome.Completed(TextNode.valueOf("x".repeat(1000))))))) {
      FakeCoordinator.Stream session = coordinator.session(0);
      coordinator.reading(false);

      session.send(
          Stream.generate(() -> coordinator.dispatch(ScriptedExecutor.KIND, "{}"))
              .limit(500)
              .toArray(Dispatch[]::new));
      Awaitility.await()
          .atMost(FakeCoordinator.PATIENCE)
          .until(() -> cluster.worker().status().completed() == 500);
      coordinator.reading(true);
      session.readOn();
      awaitReports(session, 500);

      assertThat(session.messagesOfReports()).hasSizeLessThan(30);
    }
  }

  @Test
  void aCoordinatorThatDoesNotReadIsNotReadFromForEver() throws Exception {
    FakeCoordinator coordinator = new FakeCoordinator().keepAliveMillis(60_000);
    try (Cluster cluster = Cluster.start(directory, coordinator, options -> options)) {
      FakeCoordinator.Stream session = coordinator.session(0);
      coordinator.reading(false);
      Dispatch large =
          coordinator.dispatch(
              "capstan:noop", "{\"output\":\"%s\"}".formatted("x".repeat(1_000_000)));

      for (int i = 0; i < 100; i++) {
        session.send(large);
      }
      Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> unsent(cluster) >= 8);

      // It takes what is over the limit by one message, and leaves the rest with the coordinator.
      assertThat(unsent(cluster)).isLessThan(12);

      coordinator.reading(true);
      session.readOn();
      awaitReports(session, 100);
    }
  }

  private static int unsent(Cluster cluster) {
    return cluster.worker().status().sessions().getFirst().unsentReports();
  }

  private static Dispatch[] noops(Cluster cluster, int count) {
    return Stream.generate(() -> cluster.coordinator().dispatch("capstan:noop", "{}"))
        .limit(count)
        .toArray(Dispatch[]::new);
  }

  private static void awaitReports(FakeCoordinator.Stream session, int count) {
    Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> session.reportCount() == count);
  }
}
