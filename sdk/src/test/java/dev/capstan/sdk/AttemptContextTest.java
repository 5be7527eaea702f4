package dev.capstan.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.executor.Token;
import dev.capstan.worker.executor.Workflow;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a function is told of its attempt, and what it says, is the attempt's own. */
@SuppressWarnings("UnusedMethod")
class AttemptContextTest {
  private static final Instant DEADLINE = Instant.parse("2026-01-01T00:00:00Z");

  /** An attempt of a task that calls {@code kind}. */
  private static final class Given implements Attempt {
    final String kind;
    final List<Runnable> actions = new ArrayList<>();
    final List<String> progress = new ArrayList<>();
    boolean cancelled;

    Given(String kind) {
      this.kind = kind;
    }

    @Override
    public Token token() {
      return new Token("e1", 4, 3, 12);
    }

    @Override
    public String kind() {
      return kind;
    }

    @Override
    public String taskName() {
      return "pay";
    }

    @Override
    public String reference() {
      return "/do/0/pay";
    }

    @Override
    public Workflow workflow() {
      return new Workflow("shop", "order", "1.0.0");
    }

    @Override
    public JsonNode arguments() {
      return JsonNodeFactory.instance.objectNode();
    }

    @Override
    public String idempotencyKey() {
      return "e1/4";
    }

    @Override
    public Optional<Instant> deadline() {
      return Optional.of(DEADLINE);
    }

    @Override
    public boolean cancelled() {
      return cancelled;
    }

    @Override
    public void onCancel(Runnable action) {
      actions.add(action);
    }

    @Override
    public void progress(double fraction, String message) {
      progress.add(fraction + " " + message);
    }

    @Override
    public void output(Stream stream, byte[] bytes, int offset, int length) {}

    @Override
    public Path directory() {
      return Path.of("");
    }

    @Override
    public boolean handOver(JsonNode message) {
      return false;
    }

    @Override
    public long maxResultBytes() {
      return 1;
    }
  }

  /** What an application's author writes. */
  static final class Payments {
    private final List<TaskContext> seen = new ArrayList<>();
    private final List<String> told = new ArrayList<>();

    @TaskFunction("pay")
    public void pay(TaskContext context) {
      seen.add(context);
      context.onCancel(() -> told.add("cancelled"));
      context.progress(0.5, "half");
    }

    @TaskFunction("refuse")
    @SuppressWarnings("DoNotCallSuggester")
    public void refuse() {
      throw new TaskError("https://example.com/errors/card", 402, "Card refused", "limit");
    }
  }

  private final Payments payments = new Payments();
  private final Functions functions = Functions.of(List.of(payments), Binding.ofDefaults());

  @Test
  void aFunctionSeesWhatItsAttemptIs() throws Exception {
    var _ = functions.run(new Given("function:pay"));
    TaskContext context = payments.seen.getFirst();
    assertThat(context.executionId()).isEqualTo("e1");
    assertThat(context.taskName()).isEqualTo("pay");
    assertThat(context.attempt()).isEqualTo(3);
    assertThat(context.idempotencyKey()).isEqualTo("e1/4");
    assertThat(context.deadline()).contains(DEADLINE);
  }

  @Test
  void aFunctionIsToldOfItsCancelling() throws Exception {
    Given attempt = new Given("function:pay");
    var _ = functions.run(attempt);
    TaskContext context = payments.seen.getFirst();
    assertThat(context.isCancelled()).isFalse();

    attempt.cancelled = true;
    attempt.actions.forEach(Runnable::run);
    assertThat(context.isCancelled()).isTrue();
    assertThat(payments.told).containsExactly("cancelled");
  }

  @Test
  void whatAFunctionSaysOfItsProgressIsItsAttempts() throws Exception {
    Given attempt = new Given("function:pay");
    var _ = functions.run(attempt);
    assertThat(attempt.progress).containsExactly("0.5 half");
  }

  @Test
  void anErrorOfTheWorkflowIsTheFaultOfItsAttempt() {
    assertThatThrownBy(() -> functions.run(new Given("function:refuse")))
        .isInstanceOfSatisfying(
            TaskFault.class,
            fault -> {
              assertThat(fault.fault().type()).isEqualTo("https://example.com/errors/card");
              assertThat(fault.fault().status()).isEqualTo(402);
            });
  }
}
