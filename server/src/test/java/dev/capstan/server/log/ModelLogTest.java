package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.server.log.ModelCluster.Tail;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The model behaves like the production log, and can be made to do what the production log does
 * only in bad hours.
 */
final class ModelLogTest extends LogContract {
  private @Nullable ModelCluster cluster;
  private boolean held;

  @Override
  ReplicatedLog open(LogConsumer withConsumer, LogOptions options) {
    return cluster().open("node", withConsumer, options);
  }

  private ModelCluster cluster() {
    if (cluster == null) {
      cluster = new ModelCluster(directory);
    }
    return cluster;
  }

  @Override
  void awaitLeader() {
    cluster().elect("node", Tail.KEPT);
    cluster().settle();
  }

  @Override
  <T> T await(CompletableFuture<T> future) {
    if (!future.isDone() && !held) {
      cluster().settle();
    }
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof LogException known) {
        throw known;
      }
      throw e;
    }
  }

  @Override
  void hold() {
    held = true;
  }

  @Override
  void resume() {
    held = false;
  }

  @Nested
  final class WithThreeReplicas {
    private ModelCluster three = new ModelCluster(Path.of("replaced"));
    private final RecordingConsumer[] consumers = {
      new RecordingConsumer(), new RecordingConsumer(), new RecordingConsumer()
    };
    private final ReplicatedLog[] logs = new ReplicatedLog[3];

    @BeforeEach
    void openThree() {
      three = new ModelCluster(directory);
      for (int i = 0; i < 3; i++) {
        logs[i] = three.open("n" + i, consumers[i], OPTIONS);
      }
      three.elect("n0", Tail.LOST);
      three.settle();
    }

    @Test
    void replicasApplyTheSameEntriesEachInItsOwnTime() {
      CompletableFuture<Long> outcome = propose(0, "a");
      three.commit(1);
      three.apply("n1", 10);

      assertThat(outcome).isNotDone();
      assertThat(consumers[1].texts()).containsExactly("a");
      assertThat(consumers[2].texts()).isEmpty();
      three.settle();
      assertThat(outcome).isCompleted();
      assertThat(consumers[2].applied()).isEqualTo(consumers[0].applied());
    }

    @Test
    void aFollowerRefusesAndNamesTheLeader() {
      assertThatThrownBy(() -> propose(1, "a").join())
          .hasCauseInstanceOf(LogException.NotLeader.class)
          .hasMessageContaining("n0");
    }

    @Test
    void anEntryThatIsLostWithItsLeaderHasAnUnknownOutcomeAndIsNeverApplied() {
      CompletableFuture<Long> outcome = propose(0, "lost");
      three.elect("n1", Tail.LOST);
      three.settle();

      assertUnknown(outcome);
      for (RecordingConsumer consumer : consumers) {
        assertThat(consumer.texts()).isEmpty();
      }
    }

    @Test
    void anEntryThatSurvivesItsLeaderHasAnUnknownOutcomeAndIsApplied() {
      CompletableFuture<Long> outcome = propose(0, "kept");
      three.elect("n1", Tail.KEPT);
      three.settle();

      assertUnknown(outcome);
      for (RecordingConsumer consumer : consumers) {
        assertThat(consumer.texts()).containsExactly("kept");
      }
    }

    @Test
    void aLeaderWithoutAnswersStepsDownAndKnowsNoOther() {
      CompletableFuture<Long> kept = propose(0, "kept");
      three.lapse("n1");
      three.lapse("n0");

      assertUnknown(kept);
      assertThat(logs[0].role()).isEqualTo(new LogRole(LogRole.Kind.FOLLOWER, 1, null));
      assertThat(logs[1].role().leader()).as("it did not lead").isEqualTo("n0");
      assertThatThrownBy(() -> propose(0, "late").join())
          .hasCauseInstanceOf(LogException.NotLeader.class);
      three.elect("n1", Tail.KEPT);
      three.settle();
      assertThat(consumers[0].texts()).containsExactly("kept");
      assertThat(logs[0].role().leader()).isEqualTo("n1");
    }

    @Test
    void aDeposedLeaderTakesProposalsUntilItNoticesAndNoneOfThemCommits() {
      three.elect("n1", Tail.KEPT);
      CompletableFuture<Long> late = propose(0, "late");
      CompletableFuture<Long> barrier = logs[0].barrier();
      three.apply("n1", 10);
      CompletableFuture<Long> good = propose(1, "good");
      three.commit(10);

      assertThat(late).isNotDone();
      assertThat(barrier).isNotDone();
      three.settle();
      assertUnknown(late);
      assertThat(barrier).isCompletedExceptionally();
      assertThat(good).isCompleted();
      assertThat(consumers[0].roles()).containsExactly("leader 1", "follower");
      assertThat(consumers[0].texts()).containsExactly("good");
    }

    @Test
    void aNewLeaderLeadsOnlyWhenItHasAppliedEverythingBefore() {
      proposeAll("a", "b");
      three.commit(2);
      three.elect("n2", Tail.KEPT);
      three.apply("n2", 2);

      assertThat(logs[2].role().kind()).isEqualTo(LogRole.Kind.CANDIDATE);
      three.apply("n2", 10);
      assertThat(consumers[2].roles()).containsExactly("leader 2");
      assertThat(consumers[2].appliedAtRoleChange()).containsExactly(2);
    }

    @Test
    void whoHandsOverTakesNothingNewAndWhatItHasTakenIsCommitted() {
      CompletableFuture<Long> before = propose(0, "before");
      three.handOver("n0");
      CompletableFuture<Long> meanwhile = propose(0, "meanwhile");
      three.commit(10);
      three.apply("n0", 10);
      three.elect("n1", Tail.KEPT);
      three.settle();

      assertThat(before).isCompleted();
      assertThatThrownBy(meanwhile::join).hasCauseInstanceOf(LogException.NotLeader.class);
      assertThat(consumers[0].roles()).containsExactly("leader 1", "follower");
      assertThat(consumers[1].roles()).containsExactly("leader 2");
      assertThat(logs[0].role().kind()).isEqualTo(LogRole.Kind.FOLLOWER);
    }

    @Test
    void whereNobodyTakesOverALeaderGoesOnInItsTermAndIsNotToldSo() {
      three.handOver("n0");
      assertThat(logs[0].role()).isEqualTo(new LogRole(LogRole.Kind.CANDIDATE, 1, "n0"));
      assertThat(logs[0].barrier()).as("nobody else leads yet").isCompleted();
      three.goOn("n0");
      CompletableFuture<Long> after = propose(0, "after");
      three.settle();

      assertThat(after).isCompleted();
      assertThat(consumers[0].roles()).containsExactly("leader 1");
    }

    @Test
    void aReplicaFarBehindGetsASnapshot() {
      proposeAll("a", "b", "c", "d", "e");
      three.commit(5);
      three.apply("n0", 10);
      logs[0].snapshot().join();
      three.settle();

      assertThat(consumers[2].texts()).hasSize(5);
      assertThat(consumers[2].appliedHere()).isZero();
    }

    private void proposeAll(String... texts) {
      for (String text : texts) {
        assertThat(propose(0, text)).isNotCompletedExceptionally();
      }
    }

    private CompletableFuture<Long> propose(int node, String text) {
      return logs[node].propose(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertUnknown(CompletableFuture<Long> outcome) {
      assertThatThrownBy(outcome::join).hasCauseInstanceOf(LogException.OutcomeUnknown.class);
    }
  }
}
