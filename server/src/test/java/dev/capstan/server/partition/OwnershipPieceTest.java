package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Message;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The check that is always on, a few executions at a time. */
class OwnershipPieceTest {
  private static final String WAITS =
      """
      document: { dsl: '1.0.3', namespace: test, name: waits, version: '1.0.0' }
      do:
        - rest: { wait: { hours: 1 } }
      """;
  private static final String LISTENS =
      """
      document: { dsl: '1.0.3', namespace: test, name: listens, version: '1.0.0' }
      do:
        - hear: { listen: { to: { one: { with: { type: com.example.paid } } } } }
      """;
  private static final String CHILD =
      """
      document: { dsl: '1.0.3', namespace: test, name: asks, version: '1.0.0' }
      do:
        - ask: { run: { workflow: { namespace: test, name: listens, version: latest } } }
      """;

  private final MemoryStore store = new MemoryStore();
  private final Yard yard = new Yard(store);

  private OwnershipFindings check(List<OwnershipSample> samples) {
    CompletableFuture<OwnershipFindings> found = yard.partition.check(samples);
    yard.run();
    return found.resultNow();
  }

  private OwnershipFindings check(String... ids) {
    return check(List.of(ids).stream().map(id -> new OwnershipSample(id, null)).toList());
  }

  private OwnershipFindings checkStored(String id) {
    return check(List.of(new OwnershipSample(id, yard.reader.replay(id))));
  }

  private void startOneOfEach() {
    yard.deploy(LISTENS);
    yard.start("task", Yard.ONE_TASK);
    yard.start("timer", WAITS);
    yard.start("event", LISTENS);
    yard.start("child", CHILD);
  }

  @Test
  void everyWayOfBeingOwnedCounts() {
    startOneOfEach();
    OwnershipFindings found = check("task", "timer", "event", "child", "nobody");
    assertThat(found.violations()).isEmpty();
    assertThat(found.unknown()).containsExactly("nobody");
    assertThat(found.checked()).isEqualTo(5);
  }

  /** What becomes of that one is known there, and told. */
  @Test
  void whoWaitsForAnExecutionOfAnotherPartitionIsOwned() {
    Yard other = new Yard();
    other.deploy(LISTENS);
    yard.router =
        new Router() {
          @Override
          public List<Deliveries> targets(Message message, Deliveries sender) {
            return List.of(other.partition);
          }

          @Override
          public boolean owns(String execution) {
            return execution.equals("child");
          }
        };
    yard.start("child", CHILD);
    other.run();
    yard.run();

    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
    assertThat(check("child").violations()).isEmpty();
    assertThat(yard.violations()).isEmpty();
    yard.restart();
    assertThat(checkStored("child").violations()).isEmpty();
  }

  @Test
  void whatIsNotInMemoryIsJudgedByItsHistory() {
    startOneOfEach();
    yard.restart();
    assertThat(check("timer", "event", "child").unknown()).contains("timer", "event");
    for (String id : List.of("task", "timer", "event", "child")) {
      assertThat(checkStored(id).violations()).as(id).isEmpty();
    }
  }

  @Test
  void anExecutionThatNothingWillTouchIsFound() {
    yard.start("timer", WAITS);
    yard.start("event", LISTENS);
    forget(Table.TIMERS);
    forget(Table.SUBSCRIPTIONS);
    yard.restart();
    assertThat(checkStored("timer").violations())
        .containsExactly("timer is waiting, and nothing will make it go on");
    assertThat(checkStored("event").violations())
        .containsExactly("event is waiting, and nothing will make it go on");
  }

  @Test
  void anExecutionThatHasMovedOnSinceItWasReadIsNotJudged() {
    yard.start("timer", WAITS);
    OwnershipSample old = new OwnershipSample("timer", yard.reader.replay("timer"));
    yard.pass(Duration.ofHours(2));
    yard.restart();
    assertThat(check(List.of(old)).violations()).isEmpty();
  }

  @Test
  void openExecutionsAreGoneRoundInPages() {
    List<String> ids = IntStream.range(0, 25).mapToObj(i -> "e" + i).toList();
    ids.forEach(
        id -> yard.start(id, Integer.parseInt(id.substring(1)) % 2 == 0 ? WAITS : Yard.ONE_TASK));
    ExecutionIndex index = new ExecutionIndex(store, yard.reader);
    List<String> seen = new ArrayList<>();
    byte @Nullable [] cursor = null;
    do {
      ExecutionIndex.IdPage page = index.open(cursor, 4);
      assertThat(page.ids()).hasSizeLessThanOrEqualTo(4);
      seen.addAll(page.ids());
      cursor = page.next();
    } while (cursor != null);
    assertThat(seen).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(index.open()).isEqualTo(25);
  }

  private void forget(Table table) {
    CompletableFuture<Boolean> done =
        yard.partition.transact(view -> {
          view.write(
              new Change.DeleteRange(table, new byte[0], new byte[] {(byte) 0xff, (byte) 0xff}));
          return true;
        });
    yard.run();
    assertThat(done).isCompletedWithValue(true);
  }
}
