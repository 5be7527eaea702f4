package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Message;
import dev.capstan.core.decision.Outcome;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.ParentReference;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Started;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Gaining and losing the leadership, and proposals that fail. */
class LeadershipTest {
  private final Yard yard = new Yard();

  @Test
  void whoDoesNotLeadRefusesAndNamesTheLeader() {
    yard.log.follow();
    yard.run();
    CompletableFuture<Started> refused = yard.starting("a", Yard.ONE_SET);
    yard.run();

    assertThat(Yard.refusal(refused).code()).isEqualTo(Refusal.Code.NOT_READY);
    assertThat(Yard.refusal(refused)).hasMessageContaining("there");
    assertThat(yard.partition.status().role()).isEqualTo(PartitionStatus.Role.FOLLOWING);
  }

  @Test
  void whatWasInFlightGetsItsOutcomeWhenTheLeadershipIsLost() {
    yard.log.hold();
    CompletableFuture<Started> committed = yard.starting("a", Yard.ONE_TASK);
    yard.run();
    CompletableFuture<Started> lost = yard.starting("b", Yard.ONE_TASK);
    yard.run();
    CompletableFuture<Started> neverAppended = yard.starting("c", Yard.ONE_TASK);
    yard.run();
    CompletableFuture<Started> undecided = yard.starting("d", Yard.ONE_TASK);
    yard.log.follow();
    yard.run();
    assertThat(committed).isNotDone();
    assertThat(Yard.refusal(undecided).code()).isEqualTo(Refusal.Code.NOT_READY);

    yard.log.commitOne();
    yard.log.loseOne();
    yard.log.failOne();
    assertThat(committed.resultNow().summary().id()).isEqualTo("a");
    assertThat(Yard.refusal(lost).code()).isEqualTo(Refusal.Code.OUTCOME_UNKNOWN);
    assertThat(Yard.refusal(neverAppended).code()).isEqualTo(Refusal.Code.NOT_READY);
    assertThat(yard.nodes.dispatched).isEmpty();
    assertThat(yard.nodes.taken).isZero();
  }

  @Test
  void anAttemptThatWasCommittedAndNeverDispatchedIsGivenToANodeAgain() {
    yard.log.hold();
    yard.post("a", Yard.ONE_TASK);
    yard.run();
    yard.log.follow();
    yard.run();
    yard.log.flow();
    assertThat(yard.nodes.dispatched).isEmpty();

    yard.lead();
    assertThat(yard.nodes.dispatched).hasSize(1);
    yard.report(yard.nodes.last(), "1");
    assertThat(yard.summary("a").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.violations()).isEmpty();
  }

  /** Another leader may have decided the same, and its node may have the attempt. */
  @Test
  void anAttemptOfABatchOfWhichNobodyKnowsIsNotTakenBack() {
    yard.log.hold();
    yard.post("a", Yard.ONE_TASK);
    yard.run();
    yard.log.follow();
    yard.run();
    yard.log.commitOneUnknown();
    yard.log.flow();

    yard.lead();
    assertThat(yard.nodes.dispatched).isEmpty();
    assertThat(yard.rows(Table.TASKS)).hasSize(1);
    assertThat(yard.violations()).isEmpty();
  }

  /** Another leader may know the task that is to be told. */
  @Test
  void thatThereIsNothingToDoIsSaidWhenNobodyElseLeadsForSure() {
    ParentReference parent = new ParentReference("a", 1, true);
    Message news = new Message.NotifyParent(parent, "child", new Outcome.Completed(Yard.json("1")));
    yard.log.holdBarriers();
    CompletableFuture<Void> heard = yard.partition.deliver(news);
    yard.run();
    assertThat(heard).isNotDone();
    yard.log.failBarriers();
    yard.run();
    assertThat(Yard.refusal(heard).code()).isEqualTo(Refusal.Code.NOT_READY);

    CompletableFuture<Void> again = yard.partition.deliver(news);
    yard.run();
    yard.log.follow();
    yard.run();
    assertThat(Yard.refusal(again).code()).isEqualTo(Refusal.Code.NOT_READY);
  }

  @Test
  void whatIsDecidedLaterIsAnsweredLater() {
    yard.log.holdBarriers();
    CompletableFuture<Void> heard =
        yard.partition.deliver(new Message.CancelChild("nobody", "its parent was cancelled"));
    yard.run();
    CompletableFuture<Started> started = yard.starting("a", Yard.ONE_SET);
    yard.run();
    assertThat(started).isNotDone();

    yard.log.passBarriers();
    yard.run();
    assertThat(heard).isCompleted();
    assertThat(started.resultNow().summary().status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void afterAFailedProposalNothingIsDecidedUntilAllOutcomesAreKnown() {
    yard.log.hold();
    CompletableFuture<Started> unknown = yard.starting("a", Yard.ONE_SET);
    yard.run();
    CompletableFuture<Started> behind = yard.starting("b", Yard.ONE_SET);
    yard.run();
    yard.log.loseOne();
    yard.run();
    assertThat(yard.partition.status().role()).isEqualTo(PartitionStatus.Role.FENCED);
    assertThat(Yard.refusal(unknown).code()).isEqualTo(Refusal.Code.OUTCOME_UNKNOWN);

    yard.log.commitOne();
    yard.run();
    assertThat(yard.partition.status().batchesRefused()).isEqualTo(1);
    assertThat(yard.reader.summary("b")).isNull();
    assertThat(yard.partition.status().role()).isEqualTo(PartitionStatus.Role.FENCED);
    assertThat(behind).isDone();

    yard.log.follow();
    yard.log.flow();
    yard.lead();
    assertThat(yard.start("c", Yard.ONE_SET).status()).isEqualTo(Status.COMPLETED);
  }

  /** Nobody tells what became of the batch, it never comes, and no other leader is elected. */
  @Test
  void aBatchThatIsLostUnderTheSameLeaderHoldsUpNothingForEver() {
    yard.log.hold();
    CompletableFuture<Started> lost = yard.starting("a", Yard.ONE_SET);
    yard.run();
    yard.log.loseOne();
    yard.run();
    assertThat(yard.partition.status().role()).isEqualTo(PartitionStatus.Role.FENCED);

    yard.log.flow();
    yard.run();

    assertThat(Yard.refusal(lost).code()).isEqualTo(Refusal.Code.OUTCOME_UNKNOWN);
    assertThat(yard.partition.status().role()).isEqualTo(PartitionStatus.Role.LEADING);
    assertThat(yard.reader.summary("a")).isNull();
    assertThat(yard.start("b", Yard.ONE_SET).status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.violations()).isEmpty();
  }

  /** The entry behind it is refused by every replica then, and the fence falls all the same. */
  @Test
  void aBatchOfUnknownOutcomeThatComesInFrontOfTheProbeCounts() {
    yard.log.hold();
    CompletableFuture<Started> unknown = yard.starting("a", Yard.ONE_SET);
    yard.run();
    yard.log.forgetOne();
    yard.run();
    assertThat(Yard.refusal(unknown).code()).isEqualTo(Refusal.Code.OUTCOME_UNKNOWN);
    assertThat(yard.log.heldProposals()).as("with the one behind it").isEqualTo(2);

    yard.log.flow();
    yard.run();

    assertThat(yard.partition.status().role()).isEqualTo(PartitionStatus.Role.LEADING);
    assertThat(yard.reader.summary("a")).isNotNull();
    assertThat(yard.start("b", Yard.ONE_SET).status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void whatTheLogHasAndNoReplicaAppliesIsNotAcknowledged() {
    yard.log.hold();
    CompletableFuture<Started> neverAppended = yard.starting("a", Yard.ONE_SET);
    yard.run();
    CompletableFuture<Started> behind = yard.starting("b", Yard.ONE_SET);
    yard.run();

    yard.log.failOne();
    yard.run();
    yard.log.commitOne();
    yard.run();

    assertThat(yard.partition.status().batchesRefused()).isEqualTo(1);
    assertThat(yard.reader.summary("b")).isNull();
    assertThat(Yard.refusal(neverAppended).code()).isEqualTo(Refusal.Code.NOT_READY);
    assertThat(Yard.refusal(behind).code()).isEqualTo(Refusal.Code.NOT_READY);
  }

  @Test
  void aLeadershipThatIsAnnouncedWhenItIsKnownAlreadyChangesNothing() {
    yard.log.followSilently();
    yard.post("a", Yard.ONE_TASK);
    yard.run();
    assertThat(yard.partition.status().role()).isEqualTo(PartitionStatus.Role.FENCED);
    yard.log.leadSilently(9);
    yard.run();
    yard.log.hold();
    CompletableFuture<Started> inFlight = yard.starting("b", Yard.ONE_TASK);
    yard.run();

    yard.log.announce();
    yard.run();
    yard.log.flow();
    yard.run();

    assertThat(inFlight.resultNow().summary().id()).isEqualTo("b");
    assertThat(yard.nodes.dispatched).hasSize(1);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void afterAProposalThatWasNeverAppendedThePartitionGoesOn() {
    yard.log.refuse(true);
    CompletableFuture<Started> refused = yard.starting("a", Yard.ONE_SET);
    yard.run();
    yard.log.refuse(false);
    yard.run();

    assertThat(Yard.refusal(refused).code()).isEqualTo(Refusal.Code.NOT_READY);
    assertThat(yard.start("a", Yard.ONE_SET).status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aProposalOfUnknownOutcomeThatWasCommittedCounts() {
    yard.log.hold();
    CompletableFuture<Started> unknown = yard.starting("a", Yard.ONE_WAIT);
    yard.run();
    yard.log.commitOneUnknown();
    yard.log.flow();
    yard.run();

    assertThat(Yard.refusal(unknown).code()).isEqualTo(Refusal.Code.OUTCOME_UNKNOWN);
    assertThat(yard.partition.status().role()).isEqualTo(PartitionStatus.Role.LEADING);
    CompletableFuture<Started> again = yard.starting("a", Yard.ONE_WAIT);
    yard.run();
    assertThat(again.resultNow().replayed()).isTrue();
    yard.pass(Duration.ofSeconds(10));
    assertThat(yard.summary("a").status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void aNewLeaderTakesBackAttemptsThatNobodyCanReportAtOnce() {
    yard.start("a", Yard.ONE_TASK);
    yard.nodes.epoch = 2;
    yard.restart();

    assertThat(yard.nodes.dispatched).hasSize(2);
    assertThat(yard.nodes.last().token().epoch()).isEqualTo(2);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aNewLeaderLeavesAttemptsOfLivingSessionsAlone() {
    yard.start("a", Yard.ONE_TASK);
    yard.restart();

    assertThat(yard.nodes.dispatched).hasSize(1);
    yard.report(yard.nodes.last(), "1");
    assertThat(yard.summary("a").status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void waitingTasksKeepTheirOrderOverARestart() {
    yard.nodes.slots = 0;
    for (String id : new String[] {"z", "a", "m"}) {
      yard.start(id, Yard.ONE_TASK);
    }
    yard.restart();
    yard.nodes.slots = 3;
    yard.partition.slotsFreed();
    yard.run();

    assertThat(yard.nodes.dispatched)
        .extracting(d -> d.token().execution())
        .containsExactly("z", "a", "m");
  }

  @Test
  void aFailedLogStopsThePartitionAndSaysSo() {
    CompletableFuture<Started> waiting = yard.starting("a", Yard.ONE_SET);
    yard.partition.consumer().failed(new IllegalStateException("the disk is gone"));
    yard.run();

    assertThat(yard.failures).hasSize(1);
    assertThat(Yard.refusal(waiting).code()).isEqualTo(Refusal.Code.STORAGE_FAILED);
    CompletableFuture<Started> later = yard.starting("b", Yard.ONE_SET);
    yard.run();
    assertThat(Yard.refusal(later).code()).isEqualTo(Refusal.Code.STORAGE_FAILED);
    assertThat(yard.partition.status().role()).isEqualTo(PartitionStatus.Role.FAILED);
  }

  @Test
  void commandsReachExecutionsThatAreNotInMemory() {
    yard.start("a", Yard.ONE_WAIT);
    yard.restart();
    yard.order("a", new Command.Cancel("tester", null));

    assertThat(yard.summary("a").status()).isEqualTo(Status.CANCELLED);
    assertThat(yard.rows(Table.TIMERS)).isEmpty();
  }

  @Test
  void executionsThatWaitLeaveTheCacheAndComeBack() {
    yard.with(yard.limits.withCache(10, yard.limits.cachedBytes()));
    for (int i = 0; i < 100; i++) {
      yard.start("e" + i, Yard.ONE_WAIT);
    }
    assertThat(yard.partition.status().cachedExecutions()).isLessThanOrEqualTo(10);
    yard.pass(Duration.ofSeconds(10));

    assertThat(yard.ended).hasSize(100);
    assertThat(yard.violations()).isEmpty();
  }
}
