package dev.capstan.verify.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.sdk.Capstan;
import dev.capstan.sdk.FunctionWorker;
import dev.capstan.sdk.TaskContext;
import dev.capstan.sdk.TaskError;
import dev.capstan.sdk.TaskFunction;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.TaskView;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions in Java, called by workflows of a real coordinator over a real connection. */
class FunctionsTest {
  @TempDir static Path directory;
  private static DevEngine engine;
  private static FunctionWorker worker;
  private static final Payments PAYMENTS = new Payments();

  record Charge(BigDecimal amount, String currency, @Nullable Customer customer) {
    Charge {
      if (amount.signum() < 0) {
        throw new IllegalArgumentException("an amount can't be negative");
      }
    }
  }

  record Customer(String name, int age) {}

  record Receipt(String id, BigDecimal charged, List<String> notes) {}

  /** What an application's author writes. */
  @SuppressWarnings("UnusedMethod")
  static final class Payments {
    final SynchronousQueue<TaskContext> begun = new SynchronousQueue<>();
    final CountDownLatch told = new CountDownLatch(1);
    final CountDownLatch interrupted = new CountDownLatch(1);

    @TaskFunction("charge-card")
    public Receipt charge(Charge charge, TaskContext context) {
      return new Receipt(
          context.taskName() + "-" + context.attempt(),
          charge.amount(),
          List.of(charge.currency(), context.executionId()));
    }

    @TaskFunction("charge/refused")
    @SuppressWarnings("DoNotCallSuggester") // the engine calls it
    public void refuse(Map<String, Object> anything) {
      throw new TaskError(
          "https://example.com/errors/card", 402, "Card refused", "limit of " + anything.get("of"));
    }

    @TaskFunction("broken")
    public JsonNode fail() {
      throw new IllegalStateException("the ledger is gone");
    }

    @TaskFunction("waits")
    public String await(TaskContext context) throws InterruptedException {
      context.onCancel(told::countDown);
      context.progress(0.25, "a quarter");
      begun.put(context);
      try {
        new CountDownLatch(1).await();
        return "never";
      } catch (InterruptedException e) {
        if (context.isCancelled()) {
          interrupted.countDown();
        }
        throw e;
      }
    }
  }

  @BeforeAll
  static void start() throws Exception {
    engine = new DevEngine(directory.resolve("data"));
    worker =
        Capstan.worker()
            .name("functions-1")
            .functions(PAYMENTS)
            .slots(4)
            .data(directory.resolve("worker"))
            .dev(engine.grpcPort())
            .start();
    worker.ready().get(60, TimeUnit.SECONDS);
  }

  @AfterAll
  static void stop() {
    worker.close();
    engine.close();
  }

  private static ExecutionView call(String id, String task) {
    engine.start(id, task);
    return engine.ended(id);
  }

  private static WorkflowError error(String id, String task) {
    return Objects.requireNonNull(call(id, task).error());
  }

  @Test
  void argumentsBecomeARecordAndTheResultBecomesOutput() {
    ExecutionView ended =
        call("typed", "call: charge-card\nwith: { amount: 12.50, currency: EUR }");
    assertThat(ended.error()).isNull();
    assertThat(ended.output())
        .hasToString("{\"id\":\"work-1\",\"charged\":12.5," + "\"notes\":[\"EUR\",\"typed\"]}");
  }

  @Test
  void anArgumentThatDoesNotFitIsAValidationErrorThatNamesItWithoutItsValue() {
    WorkflowError misfit =
        error(
            "misfit",
            "call: charge-card\nwith: { amount: 1, currency: EUR, customer: { name: a, age: s3cr3t } }");
    assertThat(misfit.type()).endsWith("/errors/validation");
    assertThat(misfit.status()).isEqualTo(400);
    assertThat(misfit.detail()).contains("'with.customer.age'", "int");
    assertThat(misfit.toString()).doesNotContain("s3cr3t");
    assertThat(misfit.instance()).isEqualTo("/do/0/work");
    assertThat(error("misspelt", "call: charge-card\nwith: { amount: 1, curency: EUR }").detail())
        .contains("'with.curency'", "[amount, currency, customer]");
    assertThat(
            error("without", "call: charge-card\nwith: { amount: 1, customer: { name: a } }")
                .detail())
        .contains("'with.customer.age' is missing");
    assertThat(error("negative", "call: charge-card\nwith: { amount: -1, currency: EUR }").detail())
        .contains("an amount can't be negative");
  }

  @Test
  void anErrorOfTheWorkflowGoesThereAsItIs() {
    WorkflowError error = error("refused", "call: charge/refused\nwith: { of: 100 }");
    assertThat(error.type()).isEqualTo("https://example.com/errors/card");
    assertThat(error.status()).isEqualTo(402);
    assertThat(error.title()).isEqualTo("Card refused");
    assertThat(error.detail()).isEqualTo("limit of 100");
  }

  @Test
  void anyOtherExceptionIsARuntimeError() {
    WorkflowError error = error("broken", "call: broken");
    assertThat(error.type()).endsWith("/errors/runtime");
    assertThat(error.status()).isEqualTo(500);
    assertThat(error.detail()).contains("the ledger is gone");
  }

  @Test
  void aCancelledFunctionIsInterruptedAndKnowsItAndItsProgressIsShown() throws Exception {
    engine.start("cancelled", "call: waits\ntimeout: { after: { hours: 1 } }");
    TaskContext running = Objects.requireNonNull(PAYMENTS.begun.poll(60, TimeUnit.SECONDS));
    assertThat(running.isCancelled()).isFalse();
    assertThat(running.idempotencyKey()).isNotBlank();
    assertThat(running.deadline())
        .hasValueSatisfying(deadline ->
            assertThat(deadline)
                .isBetween(Instant.now(), Instant.now().plus(Duration.ofMinutes(61))));
    await()
        .atMost(DevEngine.PATIENCE)
        .untilAsserted(() ->
            assertThat(engine.gateway().execution(Principal.LOCAL, "cancelled").tasks())
                .extracting(TaskView::progressMessage)
                .contains("a quarter"));
    ExecutionView _ =
        DevEngine.get(engine.gateway().cancel(Principal.LOCAL, "cancelled", "why not"));
    assertThat(PAYMENTS.interrupted.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(PAYMENTS.told.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(running.isCancelled()).isTrue();
    assertThat(engine.ended("cancelled").status().name()).isEqualTo("CANCELLED");
  }

  @Test
  void aFunctionThatNobodyOffersIsExplained() {
    engine.start("nobody", "call: refund-card");
    TaskId task =
        await()
            .atMost(DevEngine.PATIENCE)
            .until(
                () -> engine.gateway().execution(Principal.LOCAL, "nobody").tasks().getLast().id(),
                Objects::nonNull);
    assertThat(engine.gateway().explain(Principal.LOCAL, task).reason())
        .contains("function:refund-card");
  }

  @Test
  void aWorkerWithFunctionsOffersNothingElse() {
    assertThat(worker.status().kinds())
        .containsExactly(
            "function:broken", "function:charge-card", "function:charge/refused", "function:waits");
  }

  @Test
  void devIsNotMixedWithClusters() {
    assertThatThrownBy(
            () -> Capstan.worker().functions(PAYMENTS).dev(7481).server("localhost:7481").start())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("dev() is for capstan dev on this machine");
  }
}
