package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Effect;
import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Executions that go on with another definition: what is stored, and what a next leader makes of
 * it.
 */
class MigrationTest {
  private final Yard yard = new Yard();

  /** A later version of a definition of one task, which has a step before it and one after it. */
  static String later(String text) {
    return text.replace("version: '1.0.0'", "version: '1.1.0'")
            .replace("do:\n", "do:\n  - first: { set: { never: true } }\n")
        + "  - last: { set: { version: 1.1 } }\n";
  }

  static PartitionRequests.Move move(String id, String text) {
    return new PartitionRequests.Move(
        id, new Definitions.Deployed(Yard.definition(text), text), Map.of(), "mover");
  }

  private CompletableFuture<Summary> moving(String id, String text) {
    CompletableFuture<Summary> moved = yard.partition.migrate(move(id, text));
    yard.run();
    return moved;
  }

  @AfterEach
  void everythingStoredIsWhatHistoriesSay() {
    assertThat(yard.violations()).isEmpty();
    assertThat(yard.failures).isEmpty();
    assertThat(
            new HistoryCheck(new ExecutionIndex(yard.store, yard.reader), yard.reader).violations())
        .isEmpty();
  }

  @Test
  void itIsListedUnderItsNewVersionAndGoesOnThere() {
    yard.start("a", Yard.ONE_WAIT);

    Summary moved = moving("a", later(Yard.ONE_WAIT)).resultNow();

    assertThat(moved.workflow().version()).isEqualTo("1.1.0");
    List<Summary> listed =
        new ExecutionIndex(yard.store, yard.reader)
            .list(
                new ExecutionIndex.Filter(Status.WAITING, "test", "one-wait", Map.of(), null),
                10,
                null)
            .executions();
    assertThat(listed).extracting(each -> each.workflow().version()).containsExactly("1.1.0");
    yard.pass(Duration.ofSeconds(11));
    assertThat(yard.summary("a").output()).isEqualTo(Yard.json("{\"version\":1.1}"));
  }

  @Test
  void aNextLeaderReadsItsHistoryWithBothDefinitions() {
    yard.start("a", Yard.ONE_WAIT);
    var _ = moving("a", later(Yard.ONE_WAIT)).resultNow();

    yard.restart();
    yard.pass(Duration.ofSeconds(11));

    assertThat(yard.summary("a").workflow().version()).isEqualTo("1.1.0");
    assertThat(yard.summary("a").output()).isEqualTo(Yard.json("{\"version\":1.1}"));
  }

  @Test
  void andBackOverAnotherRestart() {
    yard.start("a", Yard.ONE_WAIT);
    var _ = moving("a", later(Yard.ONE_WAIT)).resultNow();
    yard.restart();
    var _ = moving("a", Yard.ONE_WAIT).resultNow();
    yard.restart();

    yard.pass(Duration.ofSeconds(11));

    assertThat(yard.summary("a").workflow().version()).isEqualTo("1.0.0");
    assertThat(yard.summary("a").output()).isEqualTo(Yard.json("{}"));
  }

  @Test
  void anAttemptGoesOnAndReportsToTheNextLeader() {
    yard.start("a", Yard.ONE_TASK);
    Effect.Dispatch dispatch = yard.nodes.dispatched.getFirst();
    var _ = moving("a", later(Yard.ONE_TASK)).resultNow();
    assertThat(yard.nodes.cancelled).isEmpty();

    yard.restart();
    yard.report(dispatch, "{\"done\":true}");

    assertThat(yard.nodes.dispatched).hasSize(1);
    assertThat(yard.summary("a").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.summary("a").output()).isEqualTo(Yard.json("{\"version\":1.1}"));
  }

  @Test
  void whatWaitsForANodeStandsInLineAsTheNewVersionSaysAndIsNoYounger() {
    yard.nodes.slots = 0;
    yard.start("a", Yard.ONE_TASK);
    PartitionReader.WaitingTask before = Objects.requireNonNull(yard.reader.waiting("a", 1));
    yard.pass(Duration.ofSeconds(5));
    yard.start("b", Yard.ONE_TASK);

    var _ =
        moving(
                "a",
                later(Yard.ONE_TASK)
                    .replace(
                        "call: http",
                        "metadata: { capstan: { require: { zone: a } } }\n      call: http"))
            .resultNow();

    PartitionReader.WaitingTask after = Objects.requireNonNull(yard.reader.waiting("a", 1));
    assertThat(before.metadata()).isEqualTo(Yard.json("{}"));
    assertThat(after.metadata()).isEqualTo(Yard.json("{\"require\":{\"zone\":\"a\"}}"));
    yard.nodes.slots = 1;
    yard.partition.slotsFreed();
    yard.run();
    assertThat(yard.nodes.dispatched)
        .extracting(each -> each.token().execution())
        .containsExactly("a");
  }

  @Test
  void movingTwiceIsMovingOnce() {
    yard.start("a", Yard.ONE_WAIT);
    long events = moving("a", later(Yard.ONE_WAIT)).resultNow().eventCount();

    assertThat(moving("a", later(Yard.ONE_WAIT)).resultNow().eventCount()).isEqualTo(events);
  }

  @Test
  void oneThatCanNotMoveStaysAndNothingIsStored() {
    yard.start("a", Yard.ONE_WAIT);
    int definitions = yard.rows(Table.DEFINITIONS).size();

    Refusal refusal = Yard.refusal(moving("a", later(Yard.ONE_WAIT).replace("pause:", "other:")));

    assertThat(refusal.code()).isEqualTo(Refusal.Code.WRONG_STATE);
    assertThat(refusal.getMessage()).contains("/do/0/pause").contains("version 1.1.0");
    assertThat(yard.summary("a").workflow().version()).isEqualTo("1.0.0");
    assertThat(yard.rows(Table.DEFINITIONS)).hasSize(definitions);
  }

  @Test
  void whoAskedIsAudited() {
    yard.start("a", Yard.ONE_WAIT);
    var _ = moving("a", later(Yard.ONE_WAIT)).resultNow();

    assertThat(yard.reader.audit(Long.MAX_VALUE, 10))
        .filteredOn(entry -> entry.operation().equals("execution.migrate"))
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.principal()).isEqualTo("mover");
          assertThat(entry.object()).isEqualTo("a");
          assertThat(entry.detail()).contains("1.1.0");
        });
  }

  @Test
  void oneThatHasEndedIsWhatItIs() {
    yard.start("a", Yard.ONE_SET);

    Refusal refusal = Yard.refusal(moving("a", later(Yard.ONE_SET)));

    assertThat(refusal.code()).isEqualTo(Refusal.Code.WRONG_STATE);
    assertThat(yard.summary("a").workflow().version()).isEqualTo("1.0.0");
  }
}
