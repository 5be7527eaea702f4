package dev.capstan.worker.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Fault;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.executor.Token;
import dev.capstan.worker.executor.Workflow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** When messages are acknowledged: what the engine has taken, and nothing else. */
class ConsumerTest {

  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Messages messages =
      new Messages(
          new ApiDocument.Target(
              "",
              Map.of(),
              Map.of(),
              MissingNode.getInstance(),
              MissingNode.getInstance(),
              List.of(),
              ""));

  /** Gives these messages, and then breaks. */
  private Subscription subscription(String... texts) {
    Queue<String> left = new ArrayDeque<>(List.of(texts));
    return new Subscription() {
      @Override
      public WireMessage next(Duration limit) throws IOException {
        String next = left.poll();
        if (next == null) {
          throw new IOException("gone");
        }
        return new WireMessage(next.getBytes(StandardCharsets.UTF_8), Map.of(), null, null);
      }

      @Override
      public void acknowledge() {
        said.add("acknowledged");
      }

      @Override
      public void close() {
        said.add("closed");
      }
    };
  }

  @Test
  void aMessageIsAcknowledgedWhenItIsSafeAndThenTheNextIsTaken() {
    assertThatThrownBy(() -> Consumer.run(new Trial(), () -> subscription("1", "2"), messages))
        .isInstanceOf(IOException.class)
        .hasMessage("gone");

    assertThat(said)
        .containsExactly(
            "1 handed over", "acknowledged", "2 handed over", "acknowledged", "closed");
  }

  @Test
  void oneOfWhichNobodyKnowsIsNotAcknowledged() throws Exception {
    Trial attempt = new Trial();
    attempt.safe = false;

    Consumer.run(attempt, () -> subscription("1", "2"), messages);

    assertThat(said).containsExactly("1 handed over", "closed");
  }

  @Test
  void whatWasTakenIsAcknowledgedAlthoughTheAttemptIsCancelledInTheSameMoment() throws Exception {
    Trial attempt = new Trial();
    CompletableFuture<Void> handed = new CompletableFuture<>();
    CompletableFuture<Void> interrupted = new CompletableFuture<>();
    attempt.before =
        () -> {
          handed.complete(null);
          interrupted.join();
          attempt.cancelled = true;
        };
    CompletableFuture<Thread> running = new CompletableFuture<>();
    CompletableFuture<String> end = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          running.complete(Thread.currentThread());
          try {
            end.complete(
                String.valueOf(Consumer.run(attempt, () -> subscription("1", "2"), messages)));
          } catch (InterruptedException e) {
            end.complete("interrupted");
          } catch (IOException e) {
            end.completeExceptionally(e);
          }
        });
    handed.join();
    running.join().interrupt();
    interrupted.complete(null);

    assertThat(end.join())
        .as("it sees that it is cancelled, or that it is interrupted")
        .isIn("Cancelled[]", "interrupted");
    assertThat(said).containsExactly("1 handed over", "acknowledged", "closed");
  }

  @Test
  void oneThatIsLargerThanAResultMayBeEndsIt() {
    Trial attempt = new Trial();
    attempt.most = 10;

    assertThatThrownBy(() -> Consumer.run(attempt, () -> subscription("1"), messages))
        .isInstanceOf(TaskFault.class)
        .hasMessageContaining("the limit is 10 bytes");
    assertThat(said).containsExactly("closed");
  }

  /** An attempt that hands over at once. */
  private final class Trial implements Attempt {
    private boolean safe = true;
    private long most = 1000;
    private volatile boolean cancelled;
    private Runnable before = () -> {};

    @Override
    public boolean handOver(JsonNode message) {
      said.add(message.path("payload") + " handed over");
      before.run();
      return safe;
    }

    @Override
    public boolean cancelled() {
      return cancelled;
    }

    @Override
    public long maxResultBytes() {
      return most;
    }

    @Override
    public Token token() {
      return new Token("e", 1, 1, 1);
    }

    @Override
    public String kind() {
      return "call:asyncapi";
    }

    @Override
    public String taskName() {
      return "t";
    }

    @Override
    public String reference() {
      return "/do/0/t";
    }

    @Override
    public Workflow workflow() {
      return new Workflow("n", "w", "1.0.0");
    }

    @Override
    public JsonNode arguments() {
      return Json.object();
    }

    @Override
    public String idempotencyKey() {
      return "";
    }

    @Override
    public Optional<Instant> deadline() {
      return Optional.empty();
    }

    @Override
    public void onCancel(Runnable action) {}

    @Override
    public void expectHeartbeats(Duration within, Fault silent) {}

    @Override
    public void heartbeat() {}

    @Override
    public void progress(double fraction, String message) {}

    @Override
    public void output(Stream stream, byte[] bytes, int offset, int length) {}

    @Override
    public Path directory() {
      throw new UnsupportedOperationException();
    }
  }
}
