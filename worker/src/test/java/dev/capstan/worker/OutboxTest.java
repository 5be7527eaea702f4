package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Token;
import dev.capstan.worker.process.Workspaces;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams that are gone before they were of any use, as those of a channel that fails at once. */
class OutboxTest {

  @TempDir Path directory;

  private final ManualTimer timer = new ManualTimer();
  private final ManagedChannel channel = InProcessChannelBuilder.forName("nowhere").build();
  private final Outbox outbox = new Outbox(timer::nanos, () -> {});
  private final List<Hello> hellos = new ArrayList<>();
  private Link gone;

  @BeforeEach
  void endBeforeTheHello() throws IOException {
    Node node =
        new Node(
            Cluster.options(directory).build(),
            new AtomicReference<>(new Findings(Map.of(), Map.of(), 1, 1, 1)),
            new Slots(1),
            new Counters(),
            new Workspaces(directory),
            WorkerEnvironment.of(timer, timer::nanos));
    gone = new Link(new Connection(channel, node, new Session(node, 0, _ -> {})), timer::nanos);
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

  @Test
  void aStreamThatIsGoneSwallowsNoReports() {
    greet();
    outbox.welcome(gone, List.of(), 1);
    outbox.flush();

    outbox.submit(
        List.of(Report.newBuilder().setToken(Token.newBuilder().setExecution("x")).build()));

    assertThat(outbox.backlog()).isEqualTo(1);
  }
}
