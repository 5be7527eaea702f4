package dev.capstan.server.engine;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.decision.Message;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.node.config.Limits;
import dev.capstan.node.env.Deadlines;
import dev.capstan.server.ManualClock;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.log.LogException;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.partition.PartitionRequests.Started;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.partition.RecordingPartition;
import dev.capstan.server.post.Branch;
import dev.capstan.server.post.Currency;
import dev.capstan.server.post.NamedDefinitions;
import dev.capstan.server.registry.DefinitionRegistry;
import dev.capstan.server.registry.DefinitionTexts;
import dev.capstan.server.registry.Schedules;
import dev.capstan.server.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Starts by name at a coordinator that leads the first partition, or seems to. */
class StartsTest {
  private static final String TEXT =
      """
      document: { dsl: '1.0.3', namespace: test, name: young, version: '1.0.0' }
      do: [ { s: { set: { n: 1 } } } ]
      """;

  private final Deque<CompletableFuture<Long>> barriers = new ConcurrentLinkedDeque<>();
  private final Deque<Runnable> later = new ConcurrentLinkedDeque<>();
  private final ManualClock clock = new ManualClock(1_800_000_000_000L);
  private final RecordingPartition partition = new RecordingPartition(new MemoryStore(), clock);
  private final Waits waits = new Waits(10);
  private final DefinitionRegistry registry = registry();
  private final Starts starts = starts();
  private volatile boolean here = true;

  private DefinitionRegistry registry() {
    DefinitionTexts texts = new DefinitionTexts(new DefinitionLoader(), 100_000, 10);
    DefinitionCache cache =
        new DefinitionCache(
            partition.store(), text -> texts.compile(text, "stored").definition(), 10);
    Schedules schedules = new Schedules(cache, ZoneOffset.UTC, JqLimits.ofSteps(100_000), 100_000);
    DefinitionRegistry made = new DefinitionRegistry(texts, cache, schedules);
    made.open(partition);
    return made;
  }

  private Starts starts() {
    Currency currency = new Currency(new First(), null, Duration.ofSeconds(1), Deadlines.system());
    NamedDefinitions named = new NamedDefinitions(registry, currency);
    Certainty certainty = new Certainty(() -> here, currency::confirm, named::beforeFirst);
    return new Starts(
        new Starts.Parts(
            partition,
            registry,
            new NamedWorkflows(registry, certainty, later::add),
            new RequestChecks(Limits.DEFAULT),
            waits,
            new DispatchProbe(clock, _ -> {}, _ -> {}),
            new ExecutionViews(new Redaction(List.of())),
            () -> "made",
            id -> CompletableFuture.failedFuture(new IllegalStateException(id))));
  }

  private final class First implements Branch {
    @Override
    public int number() {
      return 0;
    }

    @Override
    public boolean isHere() {
      return here;
    }

    @Override
    public @Nullable String leader() {
      return here ? "here" : "there";
    }

    @Override
    public List<String> members() {
      return List.of("here", "there");
    }

    @Override
    public CompletableFuture<Long> barrier() {
      CompletableFuture<Long> barrier = new CompletableFuture<>();
      barriers.add(barrier);
      return barrier;
    }

    @Override
    public CompletableFuture<Long> applied(long index) {
      throw new IllegalStateException("nobody else is asked");
    }

    @Override
    public CompletableFuture<Void> deliver(Message message) {
      throw new IllegalStateException("nothing is delivered");
    }

    @Override
    public CompletableFuture<Integer> take(CloudEvent event) {
      throw new IllegalStateException("nothing is delivered");
    }
  }

  private void deploy() {
    assertThat(registry.deploy(Principal.LOCAL, TEXT, "young.yaml")).isCompleted();
  }

  private static Gateway.StartRequest request(@Nullable String version) {
    return new Gateway.StartRequest(
        null, "test", "young", version, JsonNodeFactory.instance.objectNode(), "a", null, Map.of());
  }

  private CompletableFuture<ExecutionView> starting(@Nullable String version) {
    return starts.start(Principal.LOCAL, request(version));
  }

  private void answerTheNextStart() {
    Summary summary =
        new Summary(
            "a",
            new WorkflowReference("test", "young", "1.0.0", "hash"),
            Status.RUNNING,
            JsonNodeFactory.instance.objectNode(),
            null,
            null,
            Map.of(),
            Instant.EPOCH,
            null,
            "somebody",
            null,
            1,
            1);
    partition.started.add(CompletableFuture.completedFuture(new Started(summary, false)));
  }

  /** Lets what waits for a confirmation go on, on another thread than the one that confirms. */
  private void goOn() {
    await().until(() -> !later.isEmpty());
    while (!later.isEmpty()) {
      later.remove().run();
    }
  }

  private static Refusal.Code refusal(CompletableFuture<?> refused) {
    if (refused.exceptionNow() instanceof Refusal refusal) {
      return refusal.code();
    }
    throw new AssertionError("not a refusal", refused.exceptionNow());
  }

  @Test
  void whatIsKnownIsStartedWithoutAnyConfirmation() {
    deploy();
    startsAtOnce("1.0.0");
    startsAtOnce("latest");
    startsAtOnce(null);
    assertThat(barriers).isEmpty();
    assertThat(partition.starts).extracting(Start::latest).containsExactly(false, true, true);
  }

  private void startsAtOnce(@Nullable String version) {
    answerTheNextStart();
    assertThat(starting(version)).isCompleted();
  }

  @Test
  void whatIsNotKnownIsLookedForAgainWhenAMajorityHasConfirmedWhoLeads() {
    CompletableFuture<ExecutionView> started = starting(null);
    assertThat(started).isNotDone();
    assertThat(barriers).hasSize(1);

    // Another coordinator has deployed it, and it is applied here by now.
    deploy();
    answerTheNextStart();
    barriers.remove().complete(7L);
    assertThat(started).isNotDone();
    goOn();

    assertThat(started).isCompleted();
    assertThat(partition.starts).extracting(Start::id).containsExactly("a");
  }

  @Test
  void thatThereIsNoneIsSaidThen() {
    CompletableFuture<ExecutionView> started = starting("1.0.0");
    barriers.remove().complete(7L);
    goOn();

    assertThat(refusal(started)).isEqualTo(Refusal.Code.NOT_FOUND);
  }

  @Test
  void whoeverLeadsNoMoreSaysThatAnotherOneIsToBeAsked() {
    CompletableFuture<ExecutionView> started = starting(null);
    here = false;
    barriers.remove().completeExceptionally(new LogException.NotLeader("there"));

    assertThat(refusal(started)).isEqualTo(Refusal.Code.NOT_READY);
    assertThat(partition.starts).isEmpty();
  }

  /** As while members change, or while a majority is out of breath. */
  @Test
  void whileItSeemsToLeadItAsksAgain() {
    CompletableFuture<ExecutionView> started = starting(null);
    barriers.remove().completeExceptionally(new LogException.NotLeader(null));
    await().until(() -> !barriers.isEmpty());
    deploy();
    answerTheNextStart();
    barriers.remove().complete(7L);
    goOn();

    assertThat(started).isCompleted();
  }

  @Test
  void whoGivesUpWaitingForAnEndLeavesNoWaitBehind() {
    Gateway.Run run = starts.run(Principal.LOCAL, request(null));
    run.ended().cancel(false);
    deploy();
    answerTheNextStart();
    barriers.remove().complete(7L);
    goOn();

    assertThat(run.started()).isCompleted();
    assertThat(waits.count()).isZero();
  }

  @Test
  void aRunThatCanNotBeStartedHasNoEnd() {
    Gateway.Run run = starts.run(Principal.LOCAL, request(null));
    barriers.remove().complete(7L);
    goOn();

    assertThat(refusal(run.started())).isEqualTo(Refusal.Code.NOT_FOUND);
    assertThat(refusal(run.ended())).isEqualTo(Refusal.Code.NOT_FOUND);
    assertThat(waits.count()).isZero();
  }
}
