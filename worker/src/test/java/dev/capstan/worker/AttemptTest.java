package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.Progress;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an executor sees of an attempt, and what becomes of what it does. */
class AttemptTest {

  private static final Outcome DONE = new Outcome.Completed(TextNode.valueOf("done"));

  @TempDir Path directory;

  private Cluster cluster(ScriptedExecutor.Action action) throws IOException {
    return Cluster.start(
        directory,
        new FakeCoordinator(),
        options -> options.executor(new ScriptedExecutor(action)));
  }

  @Test
  void anExecutorSeesEverythingTheCoordinatorSaid() throws Exception {
    AtomicReference<Attempt> seen = new AtomicReference<>();
    try (Cluster cluster =
        cluster(attempt -> {
          seen.set(attempt);
          return DONE;
        })) {
      Dispatch dispatch =
          cluster.coordinator().dispatch(ScriptedExecutor.KIND, "{\"a\":1}", "key").toBuilder()
              .setDeadlineMillis(1234)
              .setWorkflowNamespace("shop")
              .setWorkflowName("order")
              .setWorkflowVersion("1.0.0")
              .build();
      cluster.coordinator().session(0).send(dispatch);
      cluster.coordinator().report(dispatch.getToken());

      Attempt attempt = seen.get();
      assertThat(Wire.token(attempt.token())).isEqualTo(dispatch.getToken());
      assertThat(attempt.kind()).isEqualTo(ScriptedExecutor.KIND);
      assertThat(attempt.taskName()).isEqualTo("task");
      assertThat(attempt.reference()).isEqualTo("/do/0/task");
      assertThat(attempt.workflow().name()).isEqualTo("order");
      assertThat(attempt.workflow().namespace()).isEqualTo("shop");
      assertThat(attempt.workflow().version()).isEqualTo("1.0.0");
      assertThat(attempt.arguments().path("a").intValue()).isEqualTo(1);
      assertThat(attempt.idempotencyKey()).isEqualTo("key");
      assertThat(attempt.deadline()).contains(Instant.ofEpochMilli(1234));
      assertThat(attempt.cancelled()).isFalse();
      assertThat(attempt.maxResultBytes()).isEqualTo(1 << 20);
    }
  }

  static List<Throwable> anything() {
    return List.of(
        new IllegalStateException("broken"),
        new StackOverflowError("broken"),
        new OutOfMemoryError("broken"),
        new InterruptedException("broken"),
        new IOException("broken"),
        new AssertionError("broken"));
  }

  @ParameterizedTest
  @MethodSource("anything")
  void whateverAnExecutorThrowsIsARuntimeErrorAndTheWorkerGoesOn(Throwable thrown)
      throws Exception {
    try (Cluster cluster =
        cluster(_ -> {
          throw sneaky(thrown);
        })) {
      Fault fault = cluster.fault(ScriptedExecutor.KIND, "{}");

      assertThat(fault.getType()).isEqualTo(ErrorType.RUNTIME.uri());
      assertThat(fault.getStatus()).isEqualTo(500);
      assertThat(fault.getDetail()).isEqualTo(thrown.getClass().getName() + ": broken");
      assertThat(cluster.output("run:shell", "{\"command\":\"echo alive\"}").textValue())
          .isEqualTo("alive");
      assertThat(cluster.worker().status().running()).isZero();
      assertThat(cluster.worker().status().faulted()).isEqualTo(1);
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @Test
  @SuppressWarnings("NullAway") // an executor that breaks the contract
  void anExecutorThatReturnsNothingIsARuntimeError() throws Exception {
    try (Cluster cluster = cluster(_ -> null)) {
      assertThat(cluster.fault(ScriptedExecutor.KIND, "{}").getDetail())
          .contains("returned nothing");
    }
  }

  @Test
  void aTaskFaultIsReportedAsItIs() throws Exception {
    try (Cluster cluster =
        cluster(_ -> {
          throw new TaskFault(ErrorType.TIMEOUT.fault(504, "Too slow", "It took 3 s."));
        })) {
      Fault fault = cluster.fault(ScriptedExecutor.KIND, "{}");

      assertThat(fault.getType())
          .isEqualTo("https://open-workflow-specification.org/spec/1.0.0/errors/timeout");
      assertThat(fault.getStatus()).isEqualTo(504);
      assertThat(fault.getTitle()).isEqualTo("Too slow");
      assertThat(fault.getDetail()).isEqualTo("It took 3 s.");
    }
  }

  @Test
  void cancellingInterruptsAndCallsBack() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch calledBack = new CountDownLatch(1);
    try (Cluster cluster =
        cluster(attempt -> {
          attempt.onCancel(calledBack::countDown);
          begun.countDown();
          new CountDownLatch(1).await();
          return DONE;
        })) {
      Report report = cancelledOnce(cluster, begun);

      assertThat(report.hasCancelled()).isTrue();
      assertThat(calledBack.await(FakeCoordinator.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(cluster.worker().status().cancelled()).isEqualTo(1);
    }
  }

  @Test
  void anAttemptThatCompletesAllTheSameReportsItsOutput() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    try (Cluster cluster =
        cluster(attempt -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException told) {
            return DONE;
          }
          throw new AssertionError("nobody waits for this");
        })) {
      assertThat(cancelledOnce(cluster, begun).getOutput().toStringUtf8()).isEqualTo("\"done\"");
    }
  }

  private static Report cancelledOnce(Cluster cluster, CountDownLatch begun)
      throws InterruptedException {
    Dispatch dispatch = cluster.coordinator().dispatch(ScriptedExecutor.KIND, "{}");
    cluster.coordinator().session(0).send(dispatch);
    begun.await();
    cluster.coordinator().session(0).cancel(dispatch.getToken());
    return cluster.coordinator().report(dispatch.getToken());
  }

  @Test
  void progressIsToldAndNotMoreOftenThanPeopleCanRead() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(1);
    try (Cluster cluster =
        cluster(attempt -> {
          attempt.progress(0, "step 0");
          seen.await();
          for (int i = 1; i < 100_000; i++) {
            attempt.progress(i / 200_000.0, "step " + i);
          }
          attempt.progress(1, "last");
          told.await();
          return DONE;
        })) {
      Dispatch dispatch = cluster.coordinator().dispatch(ScriptedExecutor.KIND, "{}");
      FakeCoordinator.Stream session = cluster.coordinator().session(0);
      session.send(dispatch);
      // What is not sent yet is forgotten for what comes later.
      Awaitility.await()
          .atMost(FakeCoordinator.PATIENCE)
          .until(() -> !session.progress().isEmpty());
      seen.countDown();
      Awaitility.await()
          .atMost(FakeCoordinator.PATIENCE)
          .until(() -> session.progress().stream().anyMatch(news -> news.getFraction() == 1));
      told.countDown();
      cluster.coordinator().report(dispatch.getToken());

      List<Progress> news = session.progress();
      assertThat(news).hasSizeLessThan(200);
      assertThat(news.getFirst().getMessage()).isEqualTo("step 0");
      assertThat(news.getLast().getMessage()).isEqualTo("last");
      assertThat(news.getLast().getToken()).isEqualTo(dispatch.getToken());
    }
  }

  @Test
  void theDirectoryOfAnAttemptIsItsOwnAndGoesWithIt() throws Exception {
    try (Cluster cluster =
        cluster(attempt -> {
          Files.writeString(attempt.directory().resolve("file"), "x");
          return new Outcome.Completed(TextNode.valueOf(attempt.directory().toString()));
        })) {
      String first = cluster.output(ScriptedExecutor.KIND, "{}").textValue();
      String second = cluster.output(ScriptedExecutor.KIND, "{}").textValue();

      assertThat(first).isNotEqualTo(second);
      assertThat(Path.of(first)).doesNotExist();
    }
  }

  @Test
  void aWorkerLeavesNothingBehind() throws Exception {
    try (Cluster cluster =
        cluster(
            attempt -> new Outcome.Completed(TextNode.valueOf(attempt.directory().toString())))) {
      cluster.output(ScriptedExecutor.KIND, "{}");
    }

    assertThat(directory).isEmptyDirectory();
  }
}
