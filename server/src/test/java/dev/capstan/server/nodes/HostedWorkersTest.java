package dev.capstan.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Peers;
import dev.capstan.node.config.Limits;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.WorkExchange.Failure;
import dev.capstan.server.gateway.WorkExchange.Take;
import dev.capstan.server.gateway.WorkExchange.Work;
import dev.capstan.server.partition.NodeBoard;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.work.HostedWorkers;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Workers that speak HTTP, on a clock that the test moves. */
class HostedWorkersTest {
  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final Duration MOST_OF_IT = Duration.ofSeconds(8);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration WAIT = Duration.ofMinutes(5);
  private static final Demand PAY = Demand.of("function:pay", NodesFixture.NOTHING);

  private NodesFixture nodes;
  private HostedWorkers workers;

  @BeforeEach
  void start() {
    nodes = NodesFixture.inProcess();
    workers = new HostedWorkers(nodes.directory, nodes.service, Limits.DEFAULT, nodes.time);
    workers.lead(nodes.partition, nodes.partition.store());
  }

  @AfterEach
  void stop() {
    workers.follow();
    nodes.close();
  }

  private CompletableFuture<List<Work>> take(int max) {
    return workers.take(Principal.LOCAL, 0, new Take("w", List.of("pay"), max, LEASE), WAIT);
  }

  private AttemptToken dispatch(String execution) {
    NodeBoard.Place place = Objects.requireNonNull(nodes.board.reserve(PAY, Peers.NONE));
    AttemptToken token = new AttemptToken(execution, 1, 1, place.epoch());
    nodes.board.dispatch(
        List.of(
            new Effect.Dispatch(
                token,
                place.node(),
                "function:pay",
                "task",
                "/do/0/task",
                NodesFixture.NOTHING,
                "key",
                null,
                true)));
    return token;
  }

  /** A task that the worker has. */
  private Work taken(String execution) {
    CompletableFuture<List<Work>> asked = take(1);
    AttemptToken _ = dispatch(execution);
    assertThat(asked).succeedsWithin(PATIENCE);
    return asked.join().getFirst();
  }

  private void pass(Duration duration) {
    for (long left = duration.toMillis(); left > 0; left -= 50) {
      nodes.pass(Duration.ofMillis(Math.min(50, left)));
      workers.tick();
    }
  }

  private void heartbeat(Work work) {
    workers.heartbeat(Principal.LOCAL, work.task(), work.token(), -1, null);
  }

  private List<String> returned() {
    return nodes.partition.reports.stream()
        .filter(Command.ReportReturned.class::isInstance)
        .map(Command.ReportReturned.class::cast)
        .map(report -> report.token().execution() + " " + report.how())
        .toList();
  }

  @Test
  void aHeartbeatBeginsALeaseAnew() {
    Work work = taken("e1");
    pass(MOST_OF_IT);
    heartbeat(work);
    pass(MOST_OF_IT);
    assertThat(returned()).isEmpty();

    pass(MOST_OF_IT);
    assertThat(returned()).containsExactly("e1 LOST");
    assertThatThrownBy(() -> heartbeat(work)).isInstanceOf(Refusal.class);
  }

  @Test
  void aResultOnItsWayIsNotTakenAwayAndOneThatCouldNotBeStoredIsBroughtAgain() {
    Work work = taken("e1");
    CompletableFuture<Summary> first = new CompletableFuture<>();
    nodes.partition.answers.add(first);
    CompletableFuture<?> brought =
        workers.complete(Principal.LOCAL, work.task(), work.token(), IntNode.valueOf(1));
    pass(LEASE.multipliedBy(3));
    assertThat(returned()).as("its result is on its way").isEmpty();

    first.completeExceptionally(new Refusal(Refusal.Code.NOT_READY, "not now"));
    assertThat(brought).isCompletedExceptionally();
    pass(MOST_OF_IT);
    assertThat(returned()).as("its lease began anew").isEmpty();
    nodes.partition.answers.add(new CompletableFuture<>());
    CompletableFuture<?> _ =
        workers.complete(Principal.LOCAL, work.task(), work.token(), IntNode.valueOf(1));
    pass(LEASE.multipliedBy(3));
    assertThat(returned()).isEmpty();
  }

  @Test
  void whoNeverBringsTheResultAgainLosesTheTask() {
    Work work = taken("e1");
    nodes.partition.answers.add(
        CompletableFuture.failedFuture(new Refusal(Refusal.Code.NOT_READY, "not now")));
    assertThat(workers.complete(Principal.LOCAL, work.task(), work.token(), IntNode.valueOf(1)))
        .isCompletedExceptionally();

    pass(LEASE.plus(MOST_OF_IT));
    assertThat(returned()).containsExactly("e1 LOST");
  }

  @Test
  void aResultThatWasStoredFreesTheSlot() {
    Work work = taken("e1");
    nodes.partition.answers.add(CompletableFuture.completedFuture(null));
    assertThat(workers.complete(Principal.LOCAL, work.task(), work.token(), IntNode.valueOf(1)))
        .isCompleted();

    assertThatThrownBy(() -> heartbeat(work)).isInstanceOf(Refusal.class);
    pass(LEASE.multipliedBy(2));
    assertThat(returned()).isEmpty();
  }

  @Test
  void aFailureThatWasStoredFreesTheSlot() {
    Work work = taken("e1");
    nodes.partition.answers.add(CompletableFuture.completedFuture(null));
    Failure failure = new Failure("https://example.com/errors/card", 402, "Refused", null);
    assertThat(workers.fail(Principal.LOCAL, work.task(), work.token(), failure)).isCompleted();

    assertThat(nodes.running("http:w")).isZero();
    assertThatThrownBy(() -> heartbeat(work)).isInstanceOf(Refusal.class);
  }

  @Test
  void aTaskComesWithAllThatItsWorkerNeeds() {
    Work work = taken("e1");
    assertThat(work.task()).isEqualTo(new TaskId("e1", 1));
    assertThat(work.function()).isEqualTo("pay");
    assertThat(work.idempotencyKey()).isEqualTo("key");
    assertThat(work.attempt()).isEqualTo(1);
    assertThat(work.lease()).isEqualTo(LEASE);
  }

  @Test
  void aCancelledTaskIsNotItsWorkersAnyMoreAndItsSlotIsFree() {
    Work work = taken("e1");
    nodes.board.cancel(attempt(work), "http:w");

    NodesFixture.soon().untilAsserted(() -> assertThat(nodes.running("http:w")).isZero());
    assertThatThrownBy(() -> heartbeat(work)).isInstanceOf(Refusal.class);
    assertThatThrownBy(
            () -> workers.complete(Principal.LOCAL, work.task(), work.token(), IntNode.valueOf(1)))
        .isInstanceOf(Refusal.class);
  }

  @Test
  void aResultOfAnotherAttemptOrEpochIsRefusedAndChangesNothing() {
    Work work = taken("e1");
    AttemptToken own = attempt(work);
    for (String other : List.of("2." + own.epoch(), "1." + (own.epoch() + 1))) {
      assertThatThrownBy(
              () -> workers.complete(Principal.LOCAL, work.task(), other, IntNode.valueOf(1)))
          .isInstanceOf(Refusal.class);
    }
    heartbeat(work);
    assertThat(nodes.running("http:w")).isEqualTo(1);
  }

  private static AttemptToken attempt(Work work) {
    long epoch = Long.parseLong(work.token().substring(work.token().indexOf('.') + 1));
    return new AttemptToken(work.task().execution(), work.task().run(), work.attempt(), epoch);
  }

  @Test
  void aWorkerThatAsksForNothingRunsNothingAndGetsNothing() {
    Work work = taken("e1");
    assertThat(nodes.running("http:w")).isEqualTo(1);
    nodes.partition.answers.add(CompletableFuture.completedFuture(null));
    assertThat(workers.complete(Principal.LOCAL, work.task(), work.token(), IntNode.valueOf(1)))
        .isCompleted();

    assertThat(nodes.running("http:w")).as("it is idle").isZero();
    assertThat(nodes.live("http:w").slots()).isZero();
    assertThat(nodes.board.reserve(PAY, Peers.NONE)).as("it asks for nothing").isNull();

    CompletableFuture<List<Work>> asked = take(1);
    AttemptToken _ = dispatch("e2");
    assertThat(asked).succeedsWithin(PATIENCE);
    assertThat(nodes.running("http:w")).isEqualTo(1);
  }

  @Test
  void aWorkerWhoseOnlyRequestIsOverBeforeItIsWelcomeRunsNothing() {
    CompletableFuture<List<Work>> asked =
        workers.take(Principal.LOCAL, 0, new Take("w", List.of("pay"), 1, LEASE), Duration.ZERO);
    assertThat(asked).succeedsWithin(PATIENCE);
    NodesFixture.soon()
        .untilAsserted(() -> {
          assertThat(nodes.running("http:w")).isZero();
          assertThat(nodes.board.hasRoom(PAY)).as("it asks for something").isFalse();
        });
  }

  @Test
  void aRequestGetsNoMoreThanItAsksFor() {
    CompletableFuture<List<Work>> one = take(1);
    CompletableFuture<List<Work>> other = take(1);
    AttemptToken _ = dispatch("e1");
    AttemptToken _ = dispatch("e2");
    assertThat(one.join()).hasSize(1);
    assertThat(other.join()).hasSize(1);
    assertThat(nodes.board.reserve(PAY, Peers.NONE)).as("it asks for no more").isNull();
  }

  @Test
  void aWorkerThatAsksForNothingIsThereForAMinute() {
    Work work = taken("e1");
    nodes.partition.answers.add(CompletableFuture.completedFuture(null));
    assertThat(workers.complete(Principal.LOCAL, work.task(), work.token(), IntNode.valueOf(1)))
        .isCompleted();
    pass(Duration.ofSeconds(60));
    assertThat(nodes.status("http:w")).isEqualTo("active");

    pass(Duration.ofMillis(50));
    NodesFixture.soon().untilAsserted(() -> assertThat(nodes.status("http:w")).isEqualTo("left"));
  }
}
