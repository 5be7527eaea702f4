package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Begun;
import dev.capstan.server.partition.Yard.Joined;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What becomes of attempts when sessions of nodes begin and end. */
class NodeSessionsTest {
  private static final int NODES = 8;
  private static final int EXECUTIONS = 12;
  private static final int BRANCHES = 40;

  private final Yard yard = new Yard();

  private Set<AttemptToken> run(int count) {
    for (int i = 0; i < count; i++) {
      yard.start("e" + i, Yard.ONE_TASK);
    }
    return yard.nodes.dispatched.stream().map(Effect.Dispatch::token).collect(Collectors.toSet());
  }

  private static AttemptToken ofFirst(Set<AttemptToken> tokens) {
    return tokens.stream().filter(token -> token.execution().equals("e0")).findAny().orElseThrow();
  }

  @Test
  void aNodeThatGoesOnKeepsWhatItHoldsAndTheRestComesBack() {
    Set<AttemptToken> all = run(3);
    AttemptToken held = ofFirst(all);
    CompletableFuture<Begun<Joined>> begun =
        yard.partition.sessionBegins("node-1", Set.of(held), _ -> new Joined(1, 0));
    yard.run();

    assertThat(begun.resultNow().kept()).containsExactly(held);
    assertThat(yard.nodes.dispatched).hasSize(5);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void whatIsCancelledInTheTurnOfTheComparisonIsNotKept() {
    Set<AttemptToken> all = run(3);
    AttemptToken held = ofFirst(all);
    CompletableFuture<Begun<Joined>> begun =
        yard.partition.sessionBegins("node-1", Set.of(held), _ -> new Joined(1, 0));
    var _ =
        yard.partition.command("e0", new Command.Cancel("tester", null), "tester", "test.cancel");
    yard.run();

    assertThat(begun.resultNow().kept()).isEmpty();
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aNodeThatBeginsAnewHasNothing() {
    Set<AttemptToken> all = run(2);
    yard.nodes.epoch = 2;
    CompletableFuture<Begun<Joined>> begun =
        yard.partition.sessionBegins("node-1", all, _ -> new Joined(0, 1));
    yard.run();

    assertThat(begun.resultNow().kept()).isEmpty();
    assertThat(yard.nodes.dispatched).hasSize(4);
  }

  @Test
  void whetherANodeHasDepartedIsDecidedWithWhatBecomesOfItsAttempts() {
    run(2);
    CompletableFuture<Long> superseded =
        yard.partition.sessionEnds("node-1", "its connection broke", () -> false, _ -> 0L);
    yard.run();
    assertThat(superseded.resultNow()).isZero();
    assertThat(yard.nodes.dispatched).hasSize(2);

    yard.nodes.epoch = 2;
    CompletableFuture<Long> ended =
        yard.partition.sessionEnds("node-1", "its connection broke", () -> false, _ -> 1L);
    yard.run();
    assertThat(ended.resultNow()).isEqualTo(1);
    assertThat(yard.nodes.dispatched).hasSize(4);
  }

  private static String fork() {
    StringBuilder text =
        new StringBuilder(
            """
            document: { dsl: '1.0.3', namespace: test, name: fan, version: '1.0.0' }
            do:
              - fan:
                  fork:
                    branches:
            """);
    for (int i = 0; i < BRANCHES; i++) {
      text.append("            - b").append(i).append(": { call: ship }\n");
    }
    return text.toString();
  }

  /** Each of many executions has attempts on every node, and all nodes are lost at once. */
  private List<Batch> loseAll() {
    yard.nodes.inTurn = IntStream.rangeClosed(1, NODES).mapToObj(i -> "node-" + i).toList();
    for (int i = 0; i < EXECUTIONS; i++) {
      yard.start("e" + i, fork());
    }
    List<String> lost = yard.nodes.inTurn;
    yard.nodes.inTurn = List.of();
    yard.nodes.node = "node-9";
    yard.nodes.dispatched.clear();
    boolean _ = yard.log.takeProposed().isEmpty();
    lost.forEach(node -> yard.lose(node, 1, "it is gone"));
    yard.run();
    return yard.log.takeProposed();
  }

  private static List<Change> of(List<Batch> batches, Table table) {
    return batches.stream()
        .flatMap(batch -> batch.changes().stream())
        .filter(change -> change.table() == table)
        .toList();
  }

  @Test
  void whereManyNodesAreLostEachExecutionComesBackInAsFewBatchesAsItFits() {
    yard.with(yard.limits.withBatches(4, 16 * 1024));

    List<Batch> batches = loseAll();

    assertThat(batches).hasSizeGreaterThan(3);
    assertThat(of(batches, Table.EVENTS)).hasSizeLessThan(EXECUTIONS + batches.size());
    assertThat(yard.nodes.dispatched)
        .hasSize(EXECUTIONS * BRANCHES)
        .allMatch(dispatch -> dispatch.node().equals("node-9"));
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aTaskThatComesBackAndFindsANodeIsNeverWrittenAsWaiting() {
    List<Change> rows = of(loseAll(), Table.TASKS);

    assertThat(rows).hasSize(EXECUTIONS * BRANCHES);
    assertThat(rows)
        .allSatisfy(row ->
            assertThat(row)
                .isInstanceOfSatisfying(
                    Change.Put.class,
                    put -> assertThat(RowCodec.task(put.value()).getNode()).isEqualTo("node-9")));
  }

  @Test
  void whatFindsNoNodeWaitsInItsRowUntilThereIsOne() {
    yard.with(yard.limits.withBatches(4, 16 * 1024));
    yard.nodes.slots = EXECUTIONS * BRANCHES + 10;
    loseAll();
    Map<String, Integer> waiting = Map.of("function:ship", EXECUTIONS * BRANCHES - 10);
    assertThat(yard.nodes.dispatched).hasSize(10);
    assertThat(yard.partition.status().tasksWaiting()).isEqualTo(waiting);
    assertThat(yard.violations()).isEmpty();

    yard.restart();
    assertThat(yard.partition.status().tasksWaiting()).isEqualTo(waiting);
    yard.nodes.slots = Integer.MAX_VALUE;
    yard.partition.slotsFreed();
    yard.run();
    assertThat(yard.nodes.dispatched).hasSize(EXECUTIONS * BRANCHES);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aLeaderThatComesNextTakesBackWhatTheLastOneDidNot() {
    yard.with(yard.limits.withBatches(1, 1024));
    yard.nodes.inTurn = List.of("node-1", "node-2");
    yard.start("a", fork());
    yard.nodes.inTurn = List.of();
    yard.nodes.node = "node-3";
    yard.log.hold();
    yard.lose("node-1", 1, "it is gone");
    yard.lose("node-2", 1, "it is gone");
    yard.run();
    assertThat(yard.log.heldProposals()).isEqualTo(1);
    yard.log.commitAll();

    yard.nodes.dispatched.clear();
    yard.restart();

    assertThat(yard.nodes.dispatched)
        .hasSizeBetween(1, BRANCHES)
        .allMatch(dispatch -> dispatch.node().equals("node-3"));
    assertThat(yard.partition.status().attemptsRunning()).isEqualTo(BRANCHES);
    assertThat(yard.violations()).isEmpty();
  }

  /** The departure was never committed, and the next leader has let the node go on. */
  @Test
  void whatADepartureWouldHaveTakenBackIsForgottenWithTheLeadership() {
    yard.with(yard.limits.withBatches(1, 1024));
    yard.start("a", fork());
    yard.nodes.dispatched.clear();
    yard.log.hold();
    yard.lose("node-1", 1, "its connection broke");
    yard.run();
    yard.log.follow();
    yard.run();
    yard.log.loseOne();
    yard.log.flow();

    yard.lead();

    assertThat(yard.nodes.dispatched).isEmpty();
    assertThat(yard.partition.status().attemptsRunning()).isEqualTo(BRANCHES);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aReportThatComesBeforeItsAttemptIsTakenBackCounts() {
    AttemptToken token = ofFirst(run(2));

    yard.lose("node-1", 1, "it is gone");
    yard.partition.report(new Command.ReportOutput(token, Yard.json("1")), token.execution());
    yard.run();

    assertThat(yard.summary("e0").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.nodes.dispatched).hasSize(3);
    assertThat(yard.partition.status().staleTokens()).isZero();
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aFullInboxHoldsUpNoNode() {
    yard.with(yard.limits.withInbox(1, yard.limits.inboxBytes()));
    yard.post("a", Yard.ONE_SET);
    CompletableFuture<Begun<Joined>> begun =
        yard.partition.sessionBegins("node-1", Set.of(), _ -> new Joined(1, 0));
    CompletableFuture<Long> ended =
        yard.partition.sessionEnds("node-2", "it left", () -> false, _ -> 0L);
    yard.run();

    assertThat(List.of(begun, ended)).allMatch(future -> !future.isCompletedExceptionally());
  }

  @Test
  void aRefusedJoinChangesNothing() {
    run(2);
    CompletableFuture<Begun<Joined>> refused =
        yard.partition.sessionBegins(
            "node-1",
            Set.of(),
            _ -> {
              throw new Refusal(Refusal.Code.NOT_READY, "this coordinator leads no more");
            });
    yard.run();

    assertThat(Yard.refusal(refused)).hasMessageContaining("leads no more");
    assertThat(yard.nodes.dispatched).hasSize(2);
  }
}
