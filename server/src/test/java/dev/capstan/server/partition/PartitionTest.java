package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.Event;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Started;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The loop: promises after commit, order, starts, reports, timers, cloud events. */
class PartitionTest {
  private final Yard yard = new Yard();

  @AfterEach
  void everythingHasAnOwner() {
    assertThat(yard.failures).isEmpty();
    if (yard.log.role().leads() && yard.log.heldProposals() == 0) {
      assertThat(yard.violations()).isEmpty();
    }
  }

  @Nested
  class Promises {
    @Test
    void nothingLeavesBeforeTheCommit() {
      yard.log.hold();
      CompletableFuture<Started> started = yard.starting("a", Yard.ONE_TASK);
      yard.run();

      assertThat(started).isNotDone();
      assertThat(yard.nodes.dispatched).isEmpty();
      assertThat(yard.heard).isEmpty();

      yard.log.flow();
      yard.run();

      assertThat(started.resultNow().summary().status()).isEqualTo(Status.RUNNING);
      assertThat(yard.nodes.dispatched).hasSize(1);
      assertThat(yard.heard).hasSize(1);
    }

    @Test
    void whatIsCommittedIsAnsweredBeforeATurnThatTakesLongGoesOn() {
      List<String> order = new ArrayList<>();
      yard.log.hold();
      CompletableFuture<Started> started = yard.starting("a", Yard.ONE_TASK);
      yard.run();
      var _ = started.thenRun(() -> order.add("a is answered"));
      yard.reaction =
          (event, _) -> {
            order.add(event.type() + " is decided");
            if (order.size() == 1) {
              yard.log.commitOne();
              yard.clock.advance(Duration.ofMillis(10));
            }
            return List.of();
          };

      var _ = yard.publishing("first", "1");
      var _ = yard.publishing("second", "2");
      yard.run();
      yard.log.flow();
      yard.run();

      assertThat(order).containsExactly("first is decided", "a is answered", "second is decided");
    }

    @Test
    void aPartitionThatIsToStopKeepsItsPromisesAndMakesNoNewOnes() {
      yard.log.hold();
      CompletableFuture<Started> before = yard.starting("a", Yard.ONE_TASK);
      yard.run();
      CompletableFuture<Void> quiet = yard.partition.quiesce();
      yard.run();
      CompletableFuture<Started> after = yard.starting("b", Yard.ONE_TASK);
      yard.run();
      assertThat(Yard.refusal(after).code()).isEqualTo(Refusal.Code.NOT_READY);
      assertThat(quiet).isNotDone();

      yard.log.flow();
      yard.run();

      assertThat(before.resultNow().summary().status()).isEqualTo(Status.RUNNING);
      assertThat(quiet).isCompleted();
      yard.restart();
      assertThat(yard.summary("a").status()).isEqualTo(Status.RUNNING);
    }

    @Test
    void aStartAndTheDispatchOfItsTaskAreOneBatch() {
      yard.log.hold();
      yard.post("a", Yard.ONE_TASK);
      yard.run();

      assertThat(yard.log.heldProposals()).isEqualTo(1);
      yard.log.flow();
      yard.run();
      assertThat(yard.nodes.last().token()).isEqualTo(new AttemptToken("a", 1, 1, 1));
      assertThat(yard.rows(Table.EVENTS)).hasSize(1);
    }

    @Test
    void aRefusalWaitsForWhatItTellsOf() {
      yard.start("a", Yard.ONE_WAIT);
      yard.log.hold();
      CompletableFuture<?> cancelled = yard.command("a", new Command.Cancel("tester", null));
      CompletableFuture<?> again = yard.command("a", new Command.Cancel("tester", null));

      assertThat(cancelled).isNotDone();
      assertThat(again).isNotDone();

      yard.log.flow();
      yard.run();
      assertThat(cancelled).isCompleted();
      assertThat(Yard.refusal(again).code()).isEqualTo(Refusal.Code.WRONG_STATE);
    }

    @Test
    void answersComeInTheOrderOfDecisions() {
      yard.log.hold();
      List<String> answers = new ArrayList<>();
      for (String id : List.of("a", "b", "c")) {
        var _ =
            yard.starting(id, Yard.ONE_SET)
                .thenAccept(started -> answers.add(started.summary().id()));
        yard.run();
      }
      yard.log.commitOne();
      yard.run();
      assertThat(answers).containsExactly("a");
      yard.log.flow();
      yard.run();
      assertThat(answers).containsExactly("a", "b", "c");
    }

    @Test
    void allDispatchesOfABatchAreOneCall() {
      for (int i = 0; i < 10; i++) {
        yard.post("e" + i, Yard.ONE_TASK);
      }
      yard.run();

      assertThat(yard.nodes.dispatched).hasSize(10);
      assertThat(yard.nodes.dispatchCalls).isEqualTo(1);
    }

    @Test
    void whileTheLogIsBusyRequestsGatherAndBatchesGrow() {
      yard.with(yard.limits.withBatches(2, 1 << 20));
      yard.log.hold();
      for (int i = 0; i < 20; i++) {
        yard.post("e" + i, Yard.ONE_SET);
        yard.run();
      }
      assertThat(yard.log.heldProposals()).isEqualTo(2);

      yard.log.commitOne();
      yard.run();
      assertThat(yard.log.heldProposals()).isEqualTo(2);
      yard.log.flow();
      yard.run();
      assertThat(yard.ended).hasSize(20);
      assertThat(yard.partition.status().batches()).isLessThan(10);
    }
  }

  @Nested
  class Starts {
    @Test
    void anExecutionRunsToItsEnd() {
      yard.start("a", Yard.ONE_TASK);
      yard.report(yard.nodes.last(), "{\"ok\":true}");

      assertThat(yard.summary("a").status()).isEqualTo(Status.COMPLETED);
      assertThat(yard.summary("a").output()).isEqualTo(Yard.json("{\"ok\":true}"));
      assertThat(yard.summary("a").input()).isEqualTo(Yard.json("{}"));
      assertThat(yard.ended).hasSize(1);
      assertThat(yard.rows(Table.TASKS)).isEmpty();
      assertThat(yard.rows(Table.TIMERS)).isEmpty();
    }

    @Test
    void theSameIdAndRequestIsTheSameExecution() {
      yard.start("a", Yard.ONE_SET);
      CompletableFuture<Started> again = yard.starting("a", Yard.ONE_SET);
      yard.run();

      assertThat(again.resultNow().replayed()).isTrue();
      assertThat(again.resultNow().summary().output()).isEqualTo(Yard.json("{\"answer\":42}"));
      assertThat(yard.ended).hasSize(1);
    }

    @Test
    void theSameIdWithAnotherInputIsRefused() {
      yard.start("a", Yard.ONE_SET);
      CompletableFuture<Started> other =
          yard.partition.start(Yard.request("a", Yard.ONE_SET, "{\"x\":1}"));
      yard.run();

      assertThat(Yard.refusal(other).code()).isEqualTo(Refusal.Code.ALREADY_EXISTS);
    }

    @Test
    void twoEqualStartsInOneBatchAreOneExecution() {
      CompletableFuture<Started> first = yard.starting("a", Yard.ONE_TASK);
      CompletableFuture<Started> second = yard.starting("a", Yard.ONE_TASK);
      yard.run();

      assertThat(first.resultNow().replayed()).isFalse();
      assertThat(second.resultNow().replayed()).isTrue();
      assertThat(yard.nodes.dispatched).hasSize(1);
    }

    @Test
    void aKeyStartsOneExecutionEvenBeforeTheCommitAndAfterARestart() {
      yard.log.hold();
      CompletableFuture<Started> first =
          yard.partition.start(Yard.keyed("a", "k", Yard.ONE_SET, "{}"));
      yard.run();
      CompletableFuture<Started> second =
          yard.partition.start(Yard.keyed("b", "k", Yard.ONE_SET, "{}"));
      yard.run();
      yard.log.flow();
      yard.run();
      assertThat(first.resultNow().replayed()).isFalse();
      assertThat(second.resultNow().replayed()).isTrue();
      assertThat(second.resultNow().summary().id()).isEqualTo("a");

      yard.restart();
      CompletableFuture<Started> third =
          yard.partition.start(Yard.keyed("c", "k", Yard.ONE_SET, "{}"));
      yard.run();
      assertThat(third.resultNow().summary().id()).isEqualTo("a");
    }

    @Test
    void aKeyWithAnotherRequestIsRefused() {
      var _ = yard.partition.start(Yard.keyed("a", "k", Yard.ONE_SET, "{}"));
      CompletableFuture<Started> other =
          yard.partition.start(Yard.keyed("b", "k", Yard.ONE_SET, "{\"x\":1}"));
      yard.run();

      assertThat(Yard.refusal(other).code()).isEqualTo(Refusal.Code.KEY_REUSED);
      assertThat(yard.reader.summary("b")).isNull();
    }

    @Test
    void aDeadlineIsPartOfTheRequestAndEndsTheExecution() {
      Instant in = Instant.ofEpochMilli(yard.clock.wallMillis()).plus(Duration.ofMinutes(1));
      var _ = yard.partition.start(due("a", in));
      CompletableFuture<Started> again = yard.partition.start(due("a", in));
      CompletableFuture<Started> other = yard.partition.start(due("a", in.plusSeconds(1)));
      yard.run();

      assertThat(again.resultNow().replayed()).isTrue();
      assertThat(Yard.refusal(other).code()).isEqualTo(Refusal.Code.ALREADY_EXISTS);
      yard.pass(Duration.ofMinutes(2));
      assertThat(yard.summary("a").status()).isEqualTo(Status.FAULTED);
    }

    private static PartitionRequests.Start due(String id, Instant deadline) {
      PartitionRequests.Start start = Yard.request(id, Yard.ONE_TASK, "{}");
      return new PartitionRequests.Start(
          id,
          false,
          null,
          start.definition(),
          start.definitionText(),
          start.input(),
          null,
          start.labels(),
          start.principal(),
          null,
          deadline);
    }

    @Test
    void membersInAnotherOrderAreTheSameRequest() {
      var _ = yard.partition.start(Yard.request("a", Yard.ONE_SET, "{\"x\":1,\"y\":[2]}"));
      CompletableFuture<Started> again =
          yard.partition.start(Yard.request("a", Yard.ONE_SET, "{\"y\":[2],\"x\":1}"));
      yard.run();

      assertThat(again.resultNow().replayed()).isTrue();
    }

    @Test
    void aKeyIsForgottenAfterADayAndItsRowsGo() {
      var _ = yard.partition.start(Yard.keyed("a", "k", Yard.ONE_SET, "{}"));
      yard.run();
      yard.pass(Duration.ofHours(23));
      assertThat(yard.rows(Table.KEYS)).hasSize(2);

      yard.pass(Duration.ofHours(2));
      assertThat(yard.rows(Table.KEYS)).isEmpty();
      CompletableFuture<Started> later =
          yard.partition.start(Yard.keyed("b", "k", Yard.ONE_SET, "{}"));
      yard.run();
      assertThat(later.resultNow().summary().id()).isEqualTo("b");
    }

    @Test
    void aLargeInputIsRefusedAtOnce() {
      String large = "\"" + "x".repeat(2 << 20) + "\"";
      CompletableFuture<Started> refused =
          yard.partition.start(Yard.request("a", Yard.ONE_SET, large));

      assertThat(Yard.refusal(refused).code()).isEqualTo(Refusal.Code.PAYLOAD_TOO_LARGE);
    }

    @Test
    void aFullInboxRefusesAtOnceAndSaysWhenToTryAgain() {
      yard.with(yard.limits.withInbox(2, 1 << 20));
      yard.post("a", Yard.ONE_SET);
      yard.post("b", Yard.ONE_SET);
      Refusal refusal = Yard.refusal(yard.starting("c", Yard.ONE_SET));

      assertThat(refusal.code()).isEqualTo(Refusal.Code.BUSY);
      assertThat(refusal.retryAfter()).isPositive();
      yard.run();
      assertThat(yard.ended).hasSize(2);
      assertThat(yard.partition.status().inboxRefused()).isEqualTo(1);
    }

    @Test
    void aChangeIsAudited() {
      yard.start("a", Yard.ONE_WAIT);
      yard.order("a", new Command.Cancel("tester", "enough"));

      assertThat(yard.reader.audit(Long.MAX_VALUE, 10))
          .extracting(PartitionReader.Audit::operation, PartitionReader.Audit::principal)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("execution.command", "tester"),
              org.assertj.core.groups.Tuple.tuple("execution.start", "tester"));
    }
  }

  @Nested
  class Tasks {
    @Test
    void aTaskWithoutANodeWaitsAndGoesWhenSlotsAreFreed() {
      yard.nodes.slots = 1;
      yard.start("a", Yard.ONE_TASK);
      yard.start("b", Yard.ONE_TASK);
      yard.start("c", Yard.ONE_TASK);
      assertThat(yard.nodes.dispatched).hasSize(1);
      assertThat(yard.rows(Table.TASKS)).hasSize(3);
      assertThat(yard.partition.status().tasksWaiting()).isEqualTo(Map.of("call:http", 2));
      assertThat(yard.reader.waiting("b", 1)).isNotNull();

      yard.report(yard.nodes.last(), "1");
      assertThat(yard.nodes.last().token().execution()).isEqualTo("b");
      yard.report(yard.nodes.last(), "1");
      assertThat(yard.nodes.last().token().execution()).isEqualTo("c");
    }

    @Test
    void manyTasksThatWaitForTheSameAreLookedAtOnce() {
      yard.nodes.slots = 0;
      for (int i = 0; i < 100; i++) {
        yard.post("e" + i, Yard.ONE_TASK);
      }
      yard.run();
      int calls = yard.nodes.reserveCalls;
      yard.partition.slotsFreed();
      yard.run();

      assertThat(calls).isLessThan(3);
      assertThat(yard.nodes.reserveCalls - calls).isEqualTo(1);
    }

    @Test
    void aReportWithAnOldTokenIsCountedAuditedAndChangesNothing() {
      yard.start("a", Yard.ONE_TASK);
      Effect.Dispatch first = yard.nodes.last();
      yard.nodes.epoch = 2;
      yard.lose("node-1", 1, "its connection broke");
      yard.run();
      assertThat(yard.nodes.dispatched).hasSize(2);
      yard.partition.report(new Command.ReportOutput(first.token(), Yard.json("\"old\"")), "a");
      yard.run();

      assertThat(yard.summary("a").status()).isEqualTo(Status.RUNNING);
      assertThat(yard.partition.status().staleTokens()).isEqualTo(1);
      assertThat(yard.reader.audit(Long.MAX_VALUE, 1).getFirst().operation())
          .isEqualTo("attempt.report");
      yard.report(yard.nodes.last(), "\"new\"");
      assertThat(yard.summary("a").output()).isEqualTo(Yard.json("\"new\""));
    }

    @Test
    void aLostSessionGivesItsAttemptsToOtherNodes() {
      yard.start("a", Yard.ONE_TASK);
      yard.start("b", Yard.ONE_TASK);
      yard.nodes.node = "node-2";
      yard.lose("node-1", 1, "its lease expired");
      yard.run();

      assertThat(yard.nodes.dispatched).hasSize(4);
      assertThat(yard.nodes.last().node()).isEqualTo("node-2");
      yard.lose("node-1", 1, "again");
      yard.run();
      assertThat(yard.nodes.dispatched).hasSize(4);
    }

    @Test
    void aCancelledExecutionCancelsItsAttempt() {
      yard.start("a", Yard.ONE_TASK);
      yard.order("a", new Command.Cancel("tester", "enough"));

      assertThat(yard.nodes.cancelled).containsExactly(yard.nodes.last().token());
      assertThat(yard.rows(Table.TASKS)).isEmpty();
    }

    @Test
    void anOutputThatIsTooLargeFaultsTheTask() {
      yard.start("a", Yard.ONE_TASK);
      yard.report(yard.nodes.last(), "\"" + "x".repeat(2 << 20) + "\"");

      assertThat(yard.summary("a").status()).isEqualTo(Status.FAULTED);
    }

    @Test
    void aSuspendedExecutionGivesBackItsPlaceInTheQueueAndTakesItAgain() {
      yard.nodes.slots = 0;
      yard.start("a", Yard.ONE_TASK);
      yard.order("a", new Command.Suspend("tester", null));
      assertThat(yard.rows(Table.TASKS)).isEmpty();
      assertThat(yard.violations()).isEmpty();

      yard.nodes.slots = 1;
      yard.order("a", new Command.Resume("tester"));
      assertThat(yard.nodes.dispatched).hasSize(1);
    }

    @Test
    void aReportOfAnUnknownExecutionIsCounted() {
      yard.partition.report(
          new Command.ReportOutput(new AttemptToken("nobody", 1, 1, 1), Yard.json("1")), "nobody");
      yard.run();

      assertThat(yard.partition.status().unknownReports()).isEqualTo(1);
    }
  }

  @Nested
  class TimersAndEvents {
    @Test
    void aTimerFiresWhenItIsDueAndNotBefore() {
      yard.start("a", Yard.ONE_WAIT);
      assertThat(yard.rows(Table.TIMERS)).hasSize(1);
      yard.pass(Duration.ofMillis(9_999));
      assertThat(yard.summary("a").status()).isEqualTo(Status.WAITING);
      yard.pass(Duration.ofMillis(1));

      assertThat(yard.summary("a").status()).isEqualTo(Status.COMPLETED);
      assertThat(yard.rows(Table.TIMERS)).isEmpty();
      assertThat(yard.partition.status().timersFired()).isEqualTo(1);
    }

    @Test
    void aTimerSurvivesARestartAndFiresOnce() {
      yard.start("a", Yard.ONE_WAIT);
      yard.restart();
      assertThat(yard.partition.status().timersArmed()).isEqualTo(1);
      yard.clock.advance(Duration.ofDays(1));
      yard.restart();

      assertThat(yard.summary("a").status()).isEqualTo(Status.COMPLETED);
      yard.restart();
      assertThat(yard.rows(Table.TIMERS)).isEmpty();
    }

    @Test
    void manyTimersFireInSeveralBatches() {
      yard.with(yard.limits.withBatches(1, 4096));
      for (int i = 0; i < 300; i++) {
        yard.post("e" + i, Yard.ONE_WAIT);
      }
      yard.run();
      yard.pass(Duration.ofSeconds(10));

      assertThat(yard.ended).hasSize(300);
    }

    @Test
    void aCloudEventGoesToThoseThatListen() {
      yard.start("a", Yard.ONE_LISTEN);
      yard.start("b", Yard.ONE_LISTEN);
      yard.start("c", Yard.ONE_WAIT);
      assertThat(yard.rows(Table.SUBSCRIPTIONS)).hasSize(2);
      CompletableFuture<Integer> other = yard.publish("com.example.other", "1");
      CompletableFuture<Integer> wanted = yard.publish("com.example.paid", "2");

      assertThat(other.resultNow()).isZero();
      assertThat(wanted.resultNow()).isEqualTo(2);
      assertThat(yard.ended).hasSize(2);
      assertThat(yard.rows(Table.SUBSCRIPTIONS)).isEmpty();
    }

    @Test
    void aSubscriptionSurvivesARestart() {
      yard.start("a", Yard.ONE_LISTEN);
      yard.restart();

      assertThat(yard.publish("com.example.paid", "1").resultNow()).isEqualTo(1);
    }

    @Test
    void whatAnEventStartsIsInTheBatchThatPublishesIt() {
      yard.reaction =
          (_, view) -> {
            view.start(Yard.request("now", Yard.ONE_WAIT, "{}"));
            return List.of(Yard.request("also", Yard.ONE_WAIT, "{}"));
          };
      yard.log.hold();
      CompletableFuture<Integer> taken = yard.publish("com.example.paid", "1");
      assertThat(taken.isDone()).isFalse();
      assertThat(yard.rows(Table.EXECUTIONS)).isEmpty();
      assertThat(yard.log.heldProposals()).isEqualTo(1);
      yard.log.flow();
      yard.run();

      assertThat(taken.resultNow()).isEqualTo(2);
      assertThat(yard.summary("now").status()).isEqualTo(Status.WAITING);
      assertThat(yard.summary("also").status()).isEqualTo(Status.WAITING);
    }

    @Test
    void aReactionThatIsRefusedStopsOnlyItself() {
      yard.start("a", Yard.ONE_LISTEN);
      yard.reaction =
          (_, view) -> {
            view.start(Yard.request("never", Yard.ONE_WAIT, "{}"));
            throw new Refusal(Refusal.Code.INVALID_REQUEST, "not this one");
          };

      assertThat(yard.publish("com.example.paid", "1").resultNow()).isEqualTo(1);
      assertThat(yard.reader.summary("never")).isNull();
      assertThat(yard.reader.audit(Long.MAX_VALUE, 10))
          .anySatisfy(entry -> assertThat(entry.detail()).isEqualTo("not this one"));
    }

    @Test
    void anEventForManyTakesSeveralBatchesAndOneAnswer() {
      yard.with(yard.limits.withBatches(2, 4096));
      for (int i = 0; i < 200; i++) {
        yard.post("e" + i, Yard.ONE_LISTEN);
      }
      yard.run();
      long before = yard.partition.status().batches();
      CompletableFuture<Integer> taken = yard.publish("com.example.paid", "1");

      assertThat(taken.resultNow()).isEqualTo(200);
      assertThat(yard.partition.status().batches() - before).isGreaterThan(5);
    }
  }

  @Nested
  class Reading {
    @Test
    void executionsAreListedNewestFirstByStatusWorkflowAndLabel() {
      var _ = yard.partition.start(Yard.labelled("a", Yard.ONE_WAIT, Map.of("team", "red")));
      yard.run();
      yard.clock.advance(Duration.ofMillis(1));
      var _ = yard.partition.start(Yard.labelled("b", Yard.ONE_SET, Map.of("team", "red")));
      yard.run();
      yard.clock.advance(Duration.ofMillis(1));
      var _ = yard.partition.start(Yard.labelled("c", Yard.ONE_WAIT, Map.of("team", "blue")));
      yard.run();
      ExecutionIndex index = new ExecutionIndex(yard.store, yard.reader);

      assertThat(ids(index, ExecutionIndex.Filter.ALL)).containsExactly("c", "b", "a");
      assertThat(ids(index, new ExecutionIndex.Filter(Status.WAITING, null, null, Map.of(), null)))
          .containsExactly("c", "a");
      assertThat(
              ids(
                  index,
                  new ExecutionIndex.Filter(
                      Status.COMPLETED, null, null, Map.of("team", "red"), null)))
          .containsExactly("b");
      assertThat(ids(index, new ExecutionIndex.Filter(null, "test", "one-wait", Map.of(), null)))
          .containsExactly("c", "a");
      assertThat(
              ids(
                  index,
                  new ExecutionIndex.Filter(
                      null, null, null, Map.of(), yard.summary("b").startedAt())))
          .containsExactly("a");
    }

    @Test
    void aCursorGoesOnWhereThePageEnded() {
      for (int i = 0; i < 5; i++) {
        yard.start("e" + i, Yard.ONE_SET);
        yard.clock.advance(Duration.ofMillis(1));
      }
      ExecutionIndex index = new ExecutionIndex(yard.store, yard.reader);
      List<String> all = new ArrayList<>();
      String cursor = null;
      do {
        ExecutionIndex.Listing page = index.list(ExecutionIndex.Filter.ALL, 2, cursor);
        assertThat(page.executions()).hasSizeLessThanOrEqualTo(2);
        page.executions().forEach(summary -> all.add(summary.id()));
        cursor = page.next();
      } while (cursor != null);

      assertThat(all).containsExactly("e4", "e3", "e2", "e1", "e0");
    }

    @Test
    void aHistoryIsReadFromAnyIndex() {
      yard.start("a", Yard.ONE_TASK);
      yard.report(yard.nodes.last(), "1");
      List<Event.Recorded> all = yard.reader.history("a", 0, 100);
      long count = all.stream().mapToLong(recorded -> recorded.events().size()).sum();

      assertThat(count).isEqualTo(yard.summary("a").eventCount());
      Event.Recorded tail = yard.reader.history("a", count - 1, 100).getFirst();
      assertThat(tail).isEqualTo(all.getLast());
      assertThat(yard.reader.history("a", count, 100)).as("nothing is behind the end").isEmpty();
      assertThat(yard.reader.history("nobody", 0, 10)).isEmpty();
    }

    private static List<String> ids(ExecutionIndex index, ExecutionIndex.Filter filter) {
      return index.list(filter, 10, null).executions().stream()
          .map(PartitionRequests.Summary::id)
          .toList();
    }
  }
}
