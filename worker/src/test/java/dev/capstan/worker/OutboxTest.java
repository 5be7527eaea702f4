package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Token;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.process.Workspaces;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Streams that are gone before they were of any use, as those of a channel that fails at once, and
 * those that are ready at one moment and not at another.
 */
class OutboxTest {

  private static final Token TOKEN = Token.newBuilder().setExecution("x").build();

  @TempDir Path directory;

  private final ManualTimer timer = new ManualTimer();
  private final ManagedChannel channel = InProcessChannelBuilder.forName("nowhere").build();
  private final Outbox outbox = new Outbox(timer::nanos, () -> {});
  private final List<Hello> hellos = new ArrayList<>();
  private Link gone;

  private Link link() throws IOException {
    Node node =
        new Node(
            Cluster.options(directory).build(),
            new AtomicReference<>(new Findings(Map.of(), Map.of(), 1, 1, 1)),
            new Slots(1),
            new Counters(),
            new Workspaces(directory),
            WorkerEnvironment.of(timer, timer::nanos));
    return new Link(new Connection(channel, node, new Session(node, 0, _ -> {})), timer::nanos);
  }

  @BeforeEach
  void endBeforeTheHello() throws IOException {
    gone = link();
    gone.giveUp();
    outbox.detach(gone);
    outbox.flush();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
  }

  private void greet() {
    outbox.greet(
        gone,
        List.of(),
        _ -> {
          hellos.add(Hello.getDefaultInstance());
          return Hello.getDefaultInstance();
        });
  }

  @Test
  void nobodyIsGreetedAtTheEndOfAStreamThatIsGone() {
    greet();

    assertThat(hellos).isEmpty();
    assertThat(gone.listed()).isEmpty();
  }

  /** In between, the coordinator has begun to read again. */
  @Test
  void aReportWaitsForWhatItsAttemptHasShown() throws IOException {
    Written stream = new Written();
    Link link = link();
    link.beforeStart(stream);
    outbox.welcome(link, List.of(), 1);
    outbox.flush();

    stream.ready.addAll(List.of(false, false, false));
    assertThat(outbox.offer(OutputChunk.newBuilder().setToken(TOKEN).build())).isTrue();
    stream.ready.clear();
    stream.ready.add(false);
    outbox.submit(List.of(Report.newBuilder().setToken(TOKEN).build()));
    outbox.flush();

    assertThat(stream.messages)
        .extracting(WorkerMessage::getKindCase)
        .containsExactly(WorkerMessage.KindCase.OUTPUT, WorkerMessage.KindCase.REPORTS);
  }

  @Test
  void aStreamThatIsGoneSwallowsNoReports() {
    greet();
    outbox.welcome(gone, List.of(), 1);
    outbox.flush();

    outbox.submit(List.of(Report.newBuilder().setToken(TOKEN).build()));

    assertThat(outbox.backlog()).isEqualTo(1);
  }

  /** A stream that is ready unless the test has said otherwise for the next times it is asked. */
  private static final class Written extends ClientCallStreamObserver<WorkerMessage> {
    private final Queue<Boolean> ready = new ArrayDeque<>();
    private final List<WorkerMessage> messages = new ArrayList<>();

    @Override
    public boolean isReady() {
      return ready.isEmpty() || ready.remove();
    }

    @Override
    public void onNext(WorkerMessage message) {
      messages.add(message);
    }

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {}

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void disableAutoRequestWithInitial(int count) {}

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }
}
