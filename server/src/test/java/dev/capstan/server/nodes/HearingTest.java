package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.AttemptToken;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A coordinator that is behind with what workers say. */
class HearingTest {
  private final NodesFixture nodes = NodesFixture.inProcess();
  private final CompletableFuture<@Nullable Void> round = new CompletableFuture<>();

  @AfterEach
  void close() {
    nodes.close();
  }

  private WorkerStub join() {
    return join("a");
  }

  private WorkerStub join(String node) {
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.join(WorkerStub.hello(node, 1));
    soon().until(() -> nodes.status(node).equals("active"));
    return worker;
  }

  @Test
  void whatHasArrivedAndWaitsToBeHandledIsNoSilence() {
    WorkerStub worker = join();
    AttemptToken token = nodes.dispatch("x");
    nodes.heard = round;
    nodes.pass(Duration.ofSeconds(1));
    assertThat(nodes.status("a")).isEqualTo("active");
    worker.report(WorkerStub.output(ReportReader.token(token), "1"));
    soon().until(() -> !nodes.partition.reports.isEmpty());
    round.complete(null);
    assertThat(nodes.status("a")).isEqualTo("active");
  }

  @Test
  void whoSaysNothingIsSilentWhenEverythingIsHandled() {
    join();
    nodes.heard = round;
    nodes.pass(Duration.ofSeconds(1));
    nodes.heard = CompletableFuture.completedFuture(null);
    round.complete(null);
    nodes.pass(Duration.ofMillis(50));
    assertThat(nodes.status("a")).isEqualTo("lost");
  }

  @Test
  void aQuestionThatWaitsToGoOutIsNotUnanswered() {
    WorkerStub worker = join();
    worker.answer(1);
    nodes.heard = round;
    nodes.passSpeaking(worker, Duration.ofSeconds(1));
    nodes.heard = CompletableFuture.completedFuture(null);
    round.complete(null);
    nodes.passSpeaking(worker, Duration.ofMillis(300));
    assertThat(nodes.status("a")).isNotEqualTo("lost");
    nodes.passSpeaking(worker, Duration.ofMillis(300));
    assertThat(nodes.status("a")).isEqualTo("lost");
  }

  /** They are out of breath, and each that is lost is work for all. */
  @Test
  void whereManyHearNothingItIsNotTheWayToEachOfThem() {
    WorkerStub a = join("a");
    WorkerStub b = join("b");
    a.answer(1);
    b.answer(1);
    for (int i = 0; i < 20; i++) {
      passAnswering(a, b, 0);
    }
    assertThat(List.of(nodes.status("a"), nodes.status("b"))).doesNotContain("lost");

    for (int i = 0; i < 20; i++) {
      passAnswering(a, b, 1);
    }
    assertThat(nodes.status("a")).isEqualTo("lost");
    assertThat(nodes.status("b")).isEqualTo("active");
  }

  /** Both speak, and one answers a question; none if that is 0. */
  private void passAnswering(WorkerStub a, WorkerStub b, long question) {
    LiveNode other = nodes.live("b");
    b.answer(question);
    soon().until(() -> other.session.silentNanos() == 0);
    if (nodes.directory.live("a") == null) {
      nodes.pass(Duration.ofMillis(50));
    } else {
      nodes.passSpeaking(a, Duration.ofMillis(50));
    }
  }

  @Test
  void aCoordinatorThatNeverCatchesUpCallsNodesSilentAllTheSame() {
    join();
    nodes.heard = round;
    nodes.pass(Duration.ofSeconds(4));
    assertThat(nodes.status("a")).isEqualTo("active");
    nodes.pass(Duration.ofMillis(4_500));
    assertThat(nodes.status("a")).isEqualTo("lost");
  }
}
