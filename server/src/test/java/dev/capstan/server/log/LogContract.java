package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.server.log.RecordingConsumer.Applied;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every log must do, seen from a replica that leads a group of one. */
abstract class LogContract {
  static final LogOptions OPTIONS = LogOptions.ofDefaults();

  @TempDir Path directory;
  RecordingConsumer consumer;
  ReplicatedLog log;

  /** Opens the log, or opens it again with what it had when it was closed. */
  abstract ReplicatedLog open(LogConsumer withConsumer, LogOptions options);

  /** Waits until the log is a leader that takes proposals. */
  abstract void awaitLeader();

  /** Waits for an outcome and returns it, or throws the {@link LogException}. */
  abstract <T> T await(CompletableFuture<T> future);

  /** Lets nothing be committed until {@link #resume()}. */
  abstract void hold();

  abstract void resume();

  @BeforeEach
  void openLog() {
    consumer = new RecordingConsumer();
    log = open(consumer, OPTIONS);
    awaitLeader();
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  void start(RecordingConsumer withConsumer, LogOptions options) {
    consumer = withConsumer;
    log = open(consumer, options);
    awaitLeader();
  }

  void restart(List<Applied> durable, LogOptions options) {
    log.close();
    start(RecordingConsumer.with(durable), options);
  }

  CompletableFuture<Long> propose(String text) {
    return log.propose(text.getBytes(StandardCharsets.UTF_8));
  }

  List<String> proposeMany(int from, int to) {
    List<CompletableFuture<Long>> outcomes = new ArrayList<>();
    List<String> texts = IntStream.range(from, to).mapToObj(i -> "entry-" + i).toList();
    texts.forEach(text -> outcomes.add(propose(text)));
    outcomes.forEach(this::await);
    return texts;
  }

  @Test
  void aProposalIsAppliedWhenItCompletes() {
    long index = await(propose("a"));

    assertThat(consumer.applied()).containsExactly(new Applied(index, "a"));
  }

  @Test
  void entriesAreAppliedOnceInTheOrderOfProposing() {
    List<String> texts = proposeMany(0, 500);

    assertThat(consumer.texts()).isEqualTo(texts);
    assertThat(consumer.appliedHere()).isEqualTo(500);
  }

  @Test
  void outcomesCarryGrowingIndexes() {
    List<Long> indexes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      indexes.add(await(propose("e" + i)));
    }

    assertThat(indexes).isSorted().doesNotHaveDuplicates();
    assertThat(consumer.applied().stream().map(Applied::index)).isEqualTo(indexes);
  }

  @Test
  void anEmptyEntryIsAnEntry() {
    await(propose(""));

    assertThat(consumer.texts()).containsExactly("");
  }

  @Test
  void leadershipIsToldOnceAndInTheRole() {
    assertThat(consumer.roles()).containsExactly("leader " + log.role().term());
    assertThat(log.role().kind()).isEqualTo(LogRole.Kind.LEADER);
    assertThat(log.role().leader()).isNotNull();
  }

  @Test
  void leadershipComesAfterAllEarlierEntriesAreApplied() {
    proposeMany(0, 50);
    restart(List.of(), OPTIONS);

    assertThat(consumer.appliedAtRoleChange()).containsExactly(50);
  }

  @Test
  void eachLeadershipHasAHigherTerm() {
    long term = log.role().term();
    restart(List.of(), OPTIONS);

    assertThat(log.role().term()).isGreaterThan(term);
  }

  @Test
  void aRestartAppliesOnlyWhatTheConsumerDoesNotHave() {
    proposeMany(0, 20);
    List<Applied> all = consumer.applied();
    restart(all.subList(0, 12), OPTIONS);

    assertThat(consumer.applied()).isEqualTo(all);
    assertThat(consumer.appliedHere()).isEqualTo(8);
    await(propose("more"));
    assertThat(consumer.texts()).hasSize(21).endsWith("more");
  }

  @Test
  void aSnapshotContainsEverythingAppliedAndALaterRestartStartsFromIt() {
    proposeMany(0, 20);
    long last = consumer.appliedIndex();

    assertThat(await(log.snapshot())).isEqualTo(last);
    assertThat(log.status().snapshotIndex()).isEqualTo(last);
    proposeMany(20, 25);
    List<Applied> all = consumer.applied();
    restart(all.subList(0, 22), OPTIONS);

    assertThat(consumer.applied()).isEqualTo(all);
    assertThat(consumer.appliedHere()).isEqualTo(3);
  }

  @Test
  void aConsumerThatLostItsStateGetsTheSnapshot() {
    proposeMany(0, 20);
    await(log.snapshot());
    proposeMany(20, 25);
    List<Applied> all = consumer.applied();
    restart(List.of(), OPTIONS);

    assertThat(consumer.applied()).isEqualTo(all);
    assertThat(consumer.appliedHere()).isEqualTo(5);
  }

  @Test
  void aSnapshotOfNothingNewIsTheOldOne() {
    proposeMany(0, 3);
    long first = await(log.snapshot());

    assertThat(await(log.snapshot())).isEqualTo(first);
  }

  @Test
  void snapshotsComeByThemselvesAndTheLogStaysShort() {
    LogOptions often = OPTIONS.withSnapshotEvery(100, 1 << 20).withSegments(64 * 1024, 16 * 1024);
    log.close();
    start(new RecordingConsumer(), often);
    String padding = "x".repeat(1_000);
    for (int i = 0; i < 1_000; i++) {
      await(propose(padding + i));
    }
    await(log.snapshot());

    assertThat(log.status().firstIndex()).isGreaterThan(700);
    List<Applied> all = consumer.applied();
    restart(all, often);
    assertThat(consumer.applied()).isEqualTo(all);
    await(propose("more"));
  }

  @Test
  void tooManyInFlightAreRefusedAtOnce() {
    log.close();
    start(new RecordingConsumer(), OPTIONS.withInFlight(4, OPTIONS.maxInFlightBytes()));
    hold();
    List<CompletableFuture<Long>> accepted = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      accepted.add(propose("e" + i));
    }

    assertThatThrownBy(() -> await(propose("too many"))).isInstanceOf(LogException.Full.class);
    assertThat(log.status().inFlight()).isEqualTo(4);
    resume();
    accepted.forEach(this::await);
    await(propose("room again"));
    assertThat(consumer.texts()).hasSize(5).doesNotContain("too many");
    assertThat(log.status().inFlight()).isZero();
    assertThat(log.status().inFlightBytes()).isZero();
  }

  @Test
  void tooManyBytesInFlightAreRefusedAtOnce() {
    log.close();
    start(new RecordingConsumer(), OPTIONS.withInFlight(100, OPTIONS.maxEntryBytes()));
    hold();
    CompletableFuture<Long> large = log.propose(new byte[OPTIONS.maxEntryBytes() - 10]);

    assertThatThrownBy(() -> await(propose("more than ten bytes")))
        .isInstanceOf(LogException.Full.class);
    resume();
    await(large);
    assertThat(log.status().inFlightBytes()).isZero();
  }

  @Test
  void anEntryThatIsTooLargeIsRefusedAndTheLargestIsNot() {
    assertThatThrownBy(() -> await(log.propose(new byte[OPTIONS.maxEntryBytes() + 1])))
        .isInstanceOf(LogException.TooLarge.class);
    await(log.propose(new byte[OPTIONS.maxEntryBytes()]));
    restart(List.of(), OPTIONS);
    assertThat(consumer.texts()).singleElement().satisfies(t -> assertThat(t).hasSize(4 << 20));
  }

  @Test
  void aBarrierCompletesWithAnIndexThatIncludesEverythingAcknowledged() {
    long index = await(propose("a"));

    assertThat(await(log.barrier())).isGreaterThanOrEqualTo(index);
  }

  @Test
  void afterCloseEverythingIsRefused() {
    log.close();

    assertThatThrownBy(() -> await(propose("late"))).isInstanceOf(LogException.Closed.class);
    assertThatThrownBy(() -> await(log.barrier())).isInstanceOf(LogException.Closed.class);
    assertThatThrownBy(() -> await(log.snapshot())).isInstanceOf(LogException.Closed.class);
  }

  @Test
  void everyProposalGetsAnOutcomeWhenTheLogCloses() {
    hold();
    List<CompletableFuture<Long>> outcomes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      outcomes.add(propose("e" + i));
    }
    CompletableFuture<Void> closing = CompletableFuture.runAsync(log::close);
    resume();
    await(closing);

    int completed = 0;
    for (CompletableFuture<Long> outcome : outcomes) {
      try {
        await(outcome);
        completed++;
      } catch (LogException e) {
        assertThat(e).isInstanceOf(LogException.OutcomeUnknown.class);
      }
    }
    assertThat(consumer.applied()).hasSizeGreaterThanOrEqualTo(completed);
  }

  @Test
  void anExceptionInApplyStopsTheReplicaLoudly() {
    consumer.onApply(text -> {
      if (text.equals("poison")) {
        throw new IllegalStateException("no");
      }
    });
    await(propose("fine"));

    assertThatThrownBy(() -> await(propose("poison")))
        .isInstanceOf(LogException.OutcomeUnknown.class);
    assertThat(consumer.failure()).hasMessageContaining("APPLY_FAILED");
    assertThatThrownBy(() -> await(propose("more"))).isInstanceOf(LogException.Failed.class);
    assertThat(log.role().leads()).isFalse();
    assertThat(consumer.texts()).containsExactly("fine");
  }

  @Test
  void statusTellsWhereTheLogStands() {
    long index = await(propose("a"));
    LogStatus status = log.status();

    assertThat(status.commitIndex()).isGreaterThanOrEqualTo(index);
    assertThat(status.lastIndex()).isGreaterThanOrEqualTo(index);
    assertThat(status.role().leads()).isTrue();
    assertThat(status.peers()).isEmpty();
  }
}
