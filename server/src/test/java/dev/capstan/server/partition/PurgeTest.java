package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Command;
import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Executions that ended long ago are forgotten, and nothing else is. */
class PurgeTest {
  private static final String QUICK =
      """
      document: { dsl: '1.0.3', namespace: test, name: quick, version: '1.0.0' }
      do:
        - put: { set: { a: 1 } }
      """;

  private final MemoryStore store = new MemoryStore();
  private final Yard yard = new Yard(store);
  private final ExecutionIndex index = new ExecutionIndex(store, yard.reader);

  private int purge(Instant before, String... ids) {
    CompletableFuture<Integer> done = yard.partition.purge(List.of(ids), before);
    yard.run();
    return done.resultNow();
  }

  private Instant now() {
    return Instant.ofEpochMilli(yard.clock.wallMillis());
  }

  @Test
  void whatHasEndedGoesWithEveryRowThatItHas() {
    Map<String, String> executions = yard.rows(Table.EXECUTIONS);
    Map<String, String> events = yard.rows(Table.EVENTS);
    Map<String, String> indexed = yard.rows(Table.EXECUTION_INDEX);
    CompletableFuture<PartitionRequests.Started> started =
        yard.partition.start(Yard.labelled("a", QUICK, Map.of("team", "x")));
    yard.run();
    assertThat(started).isCompleted();
    yard.pass(Duration.ofDays(8));

    assertThat(purge(now().minus(Duration.ofDays(7)), "a")).isEqualTo(1);

    assertThat(yard.reader.summary("a")).isNull();
    assertThat(yard.rows(Table.EXECUTIONS)).isEqualTo(executions);
    assertThat(yard.rows(Table.EVENTS)).isEqualTo(events);
    assertThat(yard.rows(Table.EXECUTION_INDEX)).isEqualTo(indexed);
    assertThat(yard.reader.audit(Long.MAX_VALUE, 1).getFirst().operation())
        .isEqualTo("execution.purge");
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void whatIsOpenOrHasEndedLatelyStays() {
    yard.start("open", Yard.ONE_TASK);
    yard.pass(Duration.ofDays(8));
    yard.start("late", QUICK);
    yard.pass(Duration.ofMinutes(1));

    assertThat(purge(now().minus(Duration.ofDays(7)), "open", "late", "nobody")).isZero();
    assertThat(yard.summary("open").status()).isEqualTo(Status.RUNNING);
    assertThat(yard.summary("late").status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void whatIsOnItsWayOutCanNotBeAskedForAnyMore() {
    yard.start("a", QUICK);
    yard.pass(Duration.ofDays(8));
    yard.log.hold();
    CompletableFuture<Integer> purged = yard.partition.purge(List.of("a"), now());
    yard.run();
    CompletableFuture<PartitionRequests.Summary> retry =
        yard.command("a", new Command.Retry("tester"));
    yard.log.flow();
    yard.run();

    assertThat(purged.resultNow()).isEqualTo(1);
    assertThat(Yard.refusal(retry).code()).isEqualTo(Refusal.Code.NOT_FOUND);
    yard.start("a", QUICK);
    assertThat(yard.summary("a").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void candidatesComeInPagesTheEarliestStartFirst() {
    List<String> ids = IntStream.range(0, 10).mapToObj(i -> "e" + i).toList();
    ids.forEach(id -> {
      yard.start(id, QUICK);
      yard.pass(Duration.ofHours(1));
    });
    ExecutionIndex.IdPage first = index.ended(Status.COMPLETED, null, now(), 4);
    assertThat(first.ids()).containsExactly("e0", "e1", "e2", "e3");
    ExecutionIndex.IdPage second = index.ended(Status.COMPLETED, first.next(), now(), 4);
    assertThat(second.ids()).containsExactly("e4", "e5", "e6", "e7");
    ExecutionIndex.IdPage last = index.ended(Status.COMPLETED, second.next(), now(), 4);
    assertThat(last.ids()).containsExactly("e8", "e9");
    assertThat(last.next()).isNull();
    Instant longAgo = now().minus(Duration.ofDays(1));
    assertThat(index.ended(Status.COMPLETED, first.next(), longAgo, 4).ids()).isEmpty();
    Instant fiveHoursIn = now().minus(Duration.ofHours(5));
    assertThat(index.ended(Status.COMPLETED, null, fiveHoursIn, 100).ids())
        .containsExactly("e0", "e1", "e2", "e3", "e4");
    assertThat(index.ended()).isEqualTo(10);
  }
}
