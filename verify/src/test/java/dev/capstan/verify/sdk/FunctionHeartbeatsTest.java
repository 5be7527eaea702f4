package dev.capstan.verify.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.core.history.WorkflowError;
import dev.capstan.sdk.Capstan;
import dev.capstan.sdk.FunctionWorker;
import dev.capstan.sdk.TaskContext;
import dev.capstan.sdk.TaskFunction;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.ExecutionView;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions that hang on a worker that is well, and others that only take long. */
class FunctionHeartbeatsTest {
  private static final String TIMEOUT =
      "https://open-workflow-specification.org/spec/1.0.0/errors/timeout";

  @TempDir Path directory;
  private DevEngine engine;
  private FunctionWorker worker;
  private final Slow slow = new Slow();

  /** What an application's author writes. */
  @SuppressWarnings("UnusedMethod")
  static final class Slow {
    final AtomicInteger calls = new AtomicInteger();
    final Set<String> keys = ConcurrentHashMap.newKeySet();
    final CountDownLatch go = new CountDownLatch(1);
    final CountDownLatch beating = new CountDownLatch(1);
    final CountDownLatch interrupted = new CountDownLatch(1);

    @TaskFunction(value = "hangs", heartbeat = "PT2S")
    public String hang(TaskContext context) throws InterruptedException {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        if (context.isCancelled()) {
          interrupted.countDown();
        }
        throw e;
      }
      return "never";
    }

    @TaskFunction(value = "hangs-twice", heartbeat = "PT2S")
    public String hangTwice(TaskContext context) throws InterruptedException {
      int call = calls.incrementAndGet();
      keys.add(context.idempotencyKey());
      if (call <= 2) {
        new CountDownLatch(1).await();
      }
      return "call " + call;
    }

    @TaskFunction(value = "beats", heartbeat = "PT3S")
    public String beat(TaskContext context) throws InterruptedException {
      while (!go.await(20, TimeUnit.MILLISECONDS)) {
        context.heartbeat();
        beating.countDown();
      }
      return "attempt " + context.attempt();
    }

    @TaskFunction(value = "deaf", heartbeat = "PT1S")
    public String ignore() {
      boolean over = false;
      while (!over) {
        try {
          go.await();
          over = true;
        } catch (InterruptedException ignored) {
          over = false;
        }
      }
      return "late";
    }

    @TaskFunction("quick")
    public String quick() {
      return "quick";
    }
  }

  @BeforeEach
  void start() throws Exception {
    engine = new DevEngine(directory.resolve("data"));
    worker =
        Capstan.worker()
            .name("functions-1")
            .functions(slow)
            .slots(2)
            .data(directory.resolve("worker"))
            .dev(engine.grpcPort())
            .start();
    worker.ready().get(60, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() {
    slow.go.countDown();
    worker.close();
    engine.close();
  }

  @Test
  void aFunctionThatHangsIsInterruptedAndItsTaskFailsWithATimeout() throws Exception {
    engine.start("hangs", "call: hangs");
    WorkflowError error = Objects.requireNonNull(engine.ended("hangs").error());

    assertThat(error.type()).isEqualTo(TIMEOUT);
    assertThat(error.status()).isEqualTo(408);
    assertThat(error.detail())
        .isEqualTo("The function 'hangs' was not heard of for PT2S, its heartbeat.");
    assertThat(error.instance()).isEqualTo("/do/0/work");
    assertThat(slow.interrupted.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(worker.status().silent()).isEqualTo(1);
  }

  @Test
  void aFunctionThatHangsIsTriedAgainAndOneThatBeatsGoesOnMeanwhile() throws Exception {
    engine.start("beats", "call: beats");
    assertThat(slow.beating.await(60, TimeUnit.SECONDS)).isTrue();

    // Longer than either may be silent.
    engine.start(
        "retried",
        """
        try:
          - hang: { call: hangs-twice }
        catch:
          errors: { with: { type: '%s', status: 408 } }
          retry: { delay: { milliseconds: 1 }, limit: { attempt: { count: 5 } } }
        """
            .formatted(TIMEOUT));
    assertThat(engine.ended("retried").output()).hasToString("\"call 3\"");
    assertThat(worker.status().silent()).isEqualTo(2);
    assertThat(slow.keys).as("of all calls").hasSize(1);

    slow.go.countDown();
    assertThat(engine.ended("beats").output()).hasToString("\"attempt 1\"");
  }

  @Test
  void aFunctionThatIgnoresTheInterruptKeepsItsSlotUntilItEnds() throws Exception {
    engine.start("one", "call: deaf");
    engine.start("two", "call: deaf");
    assertThat(Objects.requireNonNull(engine.ended("one").error()).type()).isEqualTo(TIMEOUT);
    assertThat(Objects.requireNonNull(engine.ended("two").error()).type()).isEqualTo(TIMEOUT);
    assertThat(worker.status().running()).isEqualTo(2);

    engine.start("next", "call: quick");
    await()
        .atMost(DevEngine.PATIENCE)
        .until(() ->
            engine.gateway().execution(Principal.LOCAL, "next").tasks().stream()
                .anyMatch(task ->
                    engine
                        .gateway()
                        .explain(Principal.LOCAL, Objects.requireNonNull(task.id()))
                        .reason()
                        .contains("no free slot")));

    slow.go.countDown();
    ExecutionView next = engine.ended("next");
    assertThat(next.output()).hasToString("\"quick\"");
    assertThat(Objects.requireNonNull(engine.ended("one").error()).type()).isEqualTo(TIMEOUT);
    await().atMost(DevEngine.PATIENCE).until(() -> worker.status().running() == 0);
  }
}
