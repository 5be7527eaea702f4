package dev.capstan.server.engine;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.OutputEntry;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class HistoryWatchTest {
  private static final Instant NOW = Instant.EPOCH;
  private static final WorkflowReference WORKFLOW =
      new WorkflowReference("test", "a", "1.0.0", "hash");
  private static final Redaction NOTHING_HIDDEN = new Redaction(List.of());

  private final Definition definition = definition();
  private final List<Event.Recorded> stored = new CopyOnWriteArrayList<>();
  private final Watches watches = new Watches(1_000, NOTHING_HIDDEN);
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  private static Definition definition() {
    String text =
        "document: {dsl: '1.0.0', namespace: test, name: a, version: '1.0.0'}\ndo: [{only: {if: '${ false }', set: {a: 1}}}]";
    if (new DefinitionLoader().load(text, "a.yaml") instanceof LoadResult.Loaded loaded) {
      return loaded.definition();
    }
    throw new AssertionError("the definition is invalid");
  }

  /** Remembers what it is sent. */
  private static final class Seen implements Gateway.Watcher {
    final List<Long> indexes = Collections.synchronizedList(new ArrayList<>());
    final CountDownLatch over = new CountDownLatch(1);
    final @Nullable CountDownLatch gate;
    volatile @Nullable Refusal failure;

    Seen(@Nullable CountDownLatch gate) {
      this.gate = gate;
    }

    @Override
    public void entry(HistoryEntry entry) {
      if (gate != null) {
        try {
          boolean _ = gate.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      indexes.add(entry.index());
    }

    @Override
    public void output(OutputEntry output) {}

    @Override
    public void progress(long run, double fraction, String message) {}

    @Override
    public void ended(ExecutionView execution) {
      over.countDown();
    }

    @Override
    public void failed(Refusal reason) {
      failure = reason;
      over.countDown();
    }
  }

  private Summary summary(Status status) {
    long count =
        stored.isEmpty() ? 0 : stored.getLast().firstIndex() + stored.getLast().events().size();
    return new Summary(
        "x",
        WORKFLOW,
        status,
        JsonNodeFactory.instance.objectNode(),
        null,
        null,
        Map.of(),
        NOW,
        status.hasEnded() ? NOW : null,
        "somebody",
        null,
        count,
        count);
  }

  private static ExecutionView view(Summary summary) {
    return new ExecutionView(
        summary.id(),
        "test",
        "a",
        "1.0.0",
        summary.status(),
        null,
        null,
        null,
        Map.of(),
        NOW,
        null,
        "",
        null,
        List.of(),
        0,
        false);
  }

  /** As a partition does: applied first, then told. */
  private void commit(Event event) {
    Event.Recorded recorded =
        new Event.Recorded(summary(Status.RUNNING).eventCount(), NOW, List.of(event));
    stored.add(recorded);
    watches.committed(summary(Status.RUNNING), recorded);
  }

  private void begin() {
    commit(
        new Event.ExecutionStarted(
            WORKFLOW,
            JsonNodeFactory.instance.objectNode(),
            null,
            null,
            Map.of(),
            null,
            "somebody"));
  }

  private void skip() {
    commit(new Event.TaskSkipped(0, "/do/0/only", 0));
  }

  private HistoryWatch watch(long from, Gateway.Watcher watcher, Summary present) {
    HistoryWatch watch = listening(from, watcher, executor);
    watch.start(present);
    return watch;
  }

  /** One that hears of commits and has not started. */
  private HistoryWatch listening(long from, Gateway.Watcher watcher, Executor runs) {
    HistoryWatch watch =
        new HistoryWatch(
            "x",
            from,
            watcher,
            new HistoryProjection("x", _ -> definition, NOTHING_HIDDEN),
            index -> stored.stream().filter(r -> r.firstIndex() >= index).limit(7).toList(),
            HistoryWatchTest::view,
            runs,
            watches::remove);
    watches.add(watch);
    return watch;
  }

  @Test
  void aWatchThatComesWhenNothingIsToldAnyMoreEndsAtOnce() throws InterruptedException {
    begin();
    watches.close(new Refusal(Refusal.Code.NOT_READY, "This coordinator leads no more"));
    Seen late = new Seen(null);
    HistoryWatch _ = watch(0, late, summary(Status.RUNNING));

    assertThat(late.over.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(late.failure).hasMessageContaining("leads no more");

    watches.open();
    Seen again = new Seen(null);
    HistoryWatch _ = watch(0, again, summary(Status.RUNNING));
    skip();
    await().until(() -> again.indexes.size() == 2);
    assertThat(again.failure).isNull();
  }

  @AfterEach
  void close() {
    executor.shutdownNow();
  }

  @RepeatedTest(10)
  void watchesThatBeginWhileEventsAreCommittedMissNothingAndSeeNothingTwice()
      throws InterruptedException {
    int events = 400;
    begin();
    List<Seen> watchers = new CopyOnWriteArrayList<>();
    Thread joining =
        Thread.ofVirtual()
            .start(() -> {
              for (int i = 0; i < 20; i++) {
                Seen seen = new Seen(null);
                watchers.add(seen);
                HistoryWatch _ = watch(0, seen, summary(Status.RUNNING));
              }
            });
    for (int i = 1; i < events; i++) {
      skip();
    }
    joining.join();
    watches.ended(summary(Status.COMPLETED));
    List<Long> all = LongStream.range(0, events).boxed().toList();
    for (Seen seen : watchers) {
      assertThat(seen.over.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(seen.failure).isNull();
      assertThat(seen.indexes).isEqualTo(all);
    }
  }

  @Test
  void whatIsCommittedBeforeAWatchStartsWaitsForItsStart() {
    List<Runnable> toRun = new ArrayList<>();
    Seen seen = new Seen(null);
    HistoryWatch watch = listening(0, seen, toRun::add);
    begin();
    skip();
    assertThat(toRun).isEmpty();

    watch.start(summary(Status.RUNNING));
    assertThat(toRun).hasSize(1);
    toRun.removeFirst().run();
    assertThat(seen.indexes).containsExactly(0L, 1L);
  }

  @Test
  void aWatchOfAnEndedExecutionSendsItsHistoryAndEnds() throws InterruptedException {
    begin();
    skip();
    skip();
    Seen seen = new Seen(null);
    HistoryWatch _ = watch(1, seen, summary(Status.COMPLETED));
    assertThat(seen.over.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(seen.indexes).containsExactly(1L, 2L);
  }

  @Test
  void aWatcherThatFallsTooFarBehindIsDroppedWithAReason() throws InterruptedException {
    begin();
    CountDownLatch gate = new CountDownLatch(1);
    Seen seen = new Seen(gate);
    HistoryWatch _ = watch(0, seen, summary(Status.RUNNING));
    for (int i = 0; i < 10_050; i++) {
      skip();
    }
    gate.countDown();
    assertThat(seen.over.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(seen.failure).isNotNull().hasMessageContaining("behind");
    assertThat(seen.indexes).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void aClosedWatchHearsNothingMore() {
    begin();
    Seen seen = new Seen(null);
    HistoryWatch watch = watch(0, seen, summary(Status.RUNNING));
    await().until(() -> seen.indexes.size() == 1);
    watch.close();
    skip();
    assertThat(seen.indexes).hasSize(1);
  }
}
