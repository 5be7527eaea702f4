package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.SessionStatus.Phase;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attempts that have to be heard of within eight seconds, of time that the tests let pass. */
class HeartbeatTest {
  private static final Outcome DONE = new Outcome.Completed(TextNode.valueOf("done"));

  @TempDir Path directory;

  private final ManualTimer timer = new ManualTimer();
  private final SynchronousQueue<Attempt> begun = new SynchronousQueue<>();
  private final CountDownLatch go = new CountDownLatch(1);

  private Cluster cluster(ScriptedExecutor.Action action) throws IOException {
    return cluster(action, TimeUnit.DAYS.toMillis(1));
  }

  private Cluster cluster(ScriptedExecutor.Action action, long keepAliveMillis) throws IOException {
    return Cluster.start(
        directory,
        new FakeCoordinator().keepAliveMillis(keepAliveMillis),
        options ->
            options
                .slots(1)
                .executor(new ScriptedExecutor(action))
                .limits(Limits.ofDefaults().withKillGrace(FakeCoordinator.PATIENCE)),
        timer);
  }

  private void begin(Attempt attempt) throws InterruptedException {
    attempt.expectHeartbeats(
        Duration.ofSeconds(8), ErrorType.TIMEOUT.fault("Silent", "It was not heard of."));
    begun.put(attempt);
  }

  /** Goes on whatever interrupts it. */
  private Outcome deaf(Attempt attempt) throws InterruptedException {
    begin(attempt);
    boolean over = false;
    while (!over) {
      try {
        go.await();
        over = true;
      } catch (InterruptedException ignored) {
        over = false;
      }
    }
    return DONE;
  }

  private Outcome patient(Attempt attempt) throws InterruptedException {
    begin(attempt);
    go.await();
    return DONE;
  }

  private static Dispatch send(Cluster cluster) {
    Dispatch dispatch = cluster.coordinator().dispatch(ScriptedExecutor.KIND, "{}");
    cluster.coordinator().session(0).send(dispatch);
    return dispatch;
  }

  private static List<Report> reports(Cluster cluster, Dispatch dispatch) {
    return cluster.coordinator().session(0).reports().stream()
        .filter(report -> report.getToken().equals(dispatch.getToken()))
        .toList();
  }

  /** How many slots were said to be taken elsewhere, whenever that was told, in its order. */
  private static List<Integer> told(Cluster cluster) {
    return cluster.coordinator().session(0).messages().stream()
        .filter(WorkerMessage::hasSlots)
        .map(message -> message.getSlots().getElsewhere())
        .toList();
  }

  private static void until(BooleanSupplier condition) {
    await().atMost(FakeCoordinator.PATIENCE).until(condition::getAsBoolean);
  }

  @Test
  void whatIsNotHeardOfIsCancelledAndEndsWithTheError() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch calledBack = new CountDownLatch(1);
    try (Cluster cluster =
        cluster(attempt -> {
          attempt.onCancel(calledBack::countDown);
          try {
            return patient(attempt);
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
        })) {
      Dispatch dispatch = send(cluster);
      Attempt attempt = begun.take();

      timer.pass(7_999);
      assertThat(attempt.cancelled()).isFalse();
      timer.pass(1);

      assertThat(attempt.cancelled()).isTrue();
      Report report = cluster.coordinator().report(dispatch.getToken());
      assertThat(report.getFault().getType()).isEqualTo(ErrorType.TIMEOUT.uri());
      assertThat(report.getFault().getStatus()).isEqualTo(408);
      assertThat(report.getFault().getDetail()).isEqualTo("It was not heard of.");
      interrupted.await();
      calledBack.await();
      until(() -> cluster.worker().status().running() == 0);
      assertThat(cluster.worker().status().silent()).isEqualTo(1);
      assertThat(cluster.worker().status().faulted()).isEqualTo(1);
      assertThat(cluster.worker().status().cancelled()).isZero();
      assertThat(reports(cluster, dispatch)).hasSize(1);
    }
  }

  @Test
  void whatIsHeardOfGoesOn() throws Exception {
    try (Cluster cluster = cluster(this::patient)) {
      Dispatch dispatch = send(cluster);
      Attempt attempt = begun.take();

      for (int i = 0; i < 10; i++) {
        timer.pass(7_999);
        attempt.heartbeat();
        timer.pass(7_999);
        attempt.progress(0.5, "half");
      }
      timer.pass(7_999);
      assertThat(attempt.cancelled()).isFalse();

      go.countDown();
      assertThat(cluster.coordinator().report(dispatch.getToken()).getOutput().toStringUtf8())
          .isEqualTo("\"done\"");
      assertThat(cluster.worker().status().silent()).isZero();
    }
  }

  @Test
  void progressThatIsTooMuchForPeopleIsHeardAllTheSame() throws Exception {
    try (Cluster cluster = cluster(this::patient)) {
      send(cluster);
      Attempt attempt = begun.take();

      timer.pass(7_950);
      attempt.progress(0.1, "told");
      timer.pass(60);
      attempt.progress(0.2, "left out");
      timer.pass(7_980);

      assertThat(attempt.cancelled()).isFalse();
      go.countDown();
    }
  }

  @Test
  void silenceAfterABeatIsNoticedWithinAnEighthMore() throws Exception {
    try (Cluster cluster = cluster(this::patient)) {
      Dispatch dispatch = send(cluster);
      Attempt attempt = begun.take();

      timer.pass(5_500);
      attempt.heartbeat();
      timer.pass(8_000);
      assertThat(attempt.cancelled()).isFalse();
      timer.pass(1_000);

      assertThat(cluster.coordinator().report(dispatch.getToken()).hasFault()).isTrue();
    }
  }

  @Test
  void whatIgnoresTheInterruptKeepsItsSlotAndItsLateResultCountsForNothing() throws Exception {
    try (Cluster cluster = cluster(this::deaf)) {
      Dispatch dispatch = send(cluster);
      Attempt attempt = begun.take();

      timer.pass(8_000);
      assertThat(cluster.coordinator().report(dispatch.getToken()).hasFault()).isTrue();
      assertThat(cluster.worker().status().running()).isEqualTo(1);
      assertThat(told(cluster)).containsExactly(1);
      assertThat(
              cluster.coordinator().session(0).messages().stream()
                  .filter(message -> message.hasSlots() || message.hasReports()))
          .as("who hears of the end knows that the slot is taken")
          .first()
          .matches(WorkerMessage::hasSlots);
      Dispatch next = send(cluster);
      assertThat(cluster.coordinator().report(next.getToken()).getRefusal().getReason())
          .contains("no free slot");
      attempt.progress(1, "late");

      go.countDown();
      until(() -> told(cluster).equals(List.of(1, 0)));
      assertThat(cluster.worker().status().running()).isZero();
      assertThat(reports(cluster, dispatch)).hasSize(1);
      assertThat(cluster.worker().status().completed()).isZero();
      assertThat(cluster.coordinator().session(0).progress()).isEmpty();
    }
  }

  @Test
  void aLeaderThatComesLaterHearsOfTheSlotToo() throws Exception {
    try (Cluster cluster = cluster(this::deaf)) {
      Dispatch dispatch = send(cluster);
      begun.take();
      timer.pass(8_000);
      cluster.coordinator().report(dispatch.getToken());

      cluster.coordinator().term(2).session(0).ask();

      until(() -> told(cluster).equals(List.of(1, 1)));
      go.countDown();
    }
  }

  @Test
  void whatWasStoppedBeforeEndsAsThatSays() throws Exception {
    try (Cluster cluster =
        cluster(attempt -> {
          Outcome outcome = deaf(attempt);
          throw new IOException("given up: " + outcome);
        })) {
      Dispatch dispatch = send(cluster);
      Attempt attempt = begun.take();
      cluster.coordinator().session(0).cancel(dispatch.getToken());
      until(attempt::cancelled);

      timer.pass(80_000);
      assertThat(reports(cluster, dispatch)).isEmpty();
      go.countDown();

      assertThat(cluster.coordinator().report(dispatch.getToken()).hasCancelled()).isTrue();
      assertThat(cluster.worker().status().silent()).isZero();
    }
  }

  @Test
  void whatWasStoppedForWantOfALeaderAndIsSilentIsHandedBackBeforeItEnds() throws Exception {
    try (Cluster cluster = cluster(this::deaf, 1_000)) {
      Dispatch dispatch = send(cluster);
      Attempt attempt = begun.take();
      cluster.coordinator().welcoming(false).echoing(false).session(0).breakOff();
      until(() -> cluster.worker().status().sessions().getFirst().phase() != Phase.OPEN);
      timer.pass(7_900);
      assertThat(attempt.cancelled()).isTrue();

      cluster.coordinator().welcoming(true).echoing(true);
      until(() -> {
        timer.pass(100);
        return cluster.coordinator().find(dispatch.getToken()).isPresent();
      });

      Report report = cluster.coordinator().report(dispatch.getToken());
      assertThat(report.getRefusal().getReason())
          .isEqualTo("the node heard of no leader for too long and stopped it");
      assertThat(report.getRefusal().getBegun()).isTrue();
      assertThat(cluster.worker().status().running()).isEqualTo(1);
      assertThat(cluster.worker().status().silent()).isZero();
      go.countDown();
      until(() -> cluster.worker().status().running() == 0);
      assertThat(cluster.worker().status().refused()).isEqualTo(1);
      assertThat(cluster.worker().status().completed()).isZero();
    }
  }

  @Test
  void whatHasEndedIsNotListenedForAnyMore() throws Exception {
    go.countDown();
    try (Cluster cluster = cluster(this::patient)) {
      cluster.coordinator().session(0);
      until(() -> cluster.worker().status().sessions().getFirst().welcomes() > 0);
      int before = timer.waiting();
      for (int i = 0; i < 5; i++) {
        Dispatch dispatch = send(cluster);
        begun.take();
        cluster.coordinator().report(dispatch.getToken());
      }
      assertThat(timer.waiting()).isLessThan(before + 5);
    }
  }

  @Test
  void closingLetsWhatWasGivenUpCleanUp() throws Exception {
    AtomicBoolean cleaned = new AtomicBoolean();
    try (Cluster cluster =
        cluster(attempt -> {
          try {
            return patient(attempt);
          } catch (InterruptedException e) {
            go.await();
            cleaned.set(true);
            throw e;
          }
        })) {
      Dispatch dispatch = send(cluster);
      begun.take();
      timer.pass(8_000);
      cluster.coordinator().report(dispatch.getToken());
      Thread _ =
          Thread.startVirtualThread(() -> {
            until(() ->
                cluster.coordinator().session(0).messages().stream()
                    .anyMatch(WorkerMessage::hasLeave));
            go.countDown();
          });
    }
    assertThat(cleaned).isTrue();
  }
}
