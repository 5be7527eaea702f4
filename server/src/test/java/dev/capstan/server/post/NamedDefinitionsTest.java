package dev.capstan.server.post;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Message;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.node.env.Deadlines;
import dev.capstan.server.log.LogException;
import dev.capstan.server.partition.Definitions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The coordinator here takes itself for the leader of the first partition, and may be wrong: then
 * what another one has deployed is not known here.
 */
class NamedDefinitionsTest {
  private static final String TEXT =
      """
      document: { dsl: '1.0.3', namespace: test, name: child, version: '1.0.0' }
      do: [ { s: { set: { n: 1 } } } ]
      """;

  private final Deque<CompletableFuture<Long>> barriers = new ArrayDeque<>();
  private final Currency currency =
      new Currency(new First(), null, Duration.ofSeconds(1), Deadlines.system());
  private Definitions.@Nullable Deployed deployed;
  private final NamedDefinitions names = new NamedDefinitions((_, _, _) -> deployed, currency);

  private final class First implements Branch {
    @Override
    public int number() {
      return 0;
    }

    @Override
    public boolean isHere() {
      return true;
    }

    @Override
    public String leader() {
      return "here";
    }

    @Override
    public List<String> members() {
      return List.of("here", "there");
    }

    @Override
    public CompletableFuture<Long> barrier() {
      barriers.add(new CompletableFuture<>());
      return barriers.getLast();
    }

    @Override
    public CompletableFuture<Long> applied(long index) {
      throw new IllegalStateException("it is led here");
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

  private static Definitions.Deployed compiled() {
    return switch (new DefinitionLoader().load(TEXT, "child.yaml")) {
      case LoadResult.Loaded loaded -> new Definitions.Deployed(loaded.definition(), TEXT);
      case LoadResult.Rejected rejected -> throw new AssertionError(rejected.diagnostics());
    };
  }

  @Test
  void whatIsNotKnownIsNoneWhenAMajorityHasConfirmedThatNobodyElseLeads() {
    CompletableFuture<Long> unknown = names.before("test", "child", "1.0.0");
    assertThat(unknown).isNotDone();
    barriers.remove().complete(7L);
    assertThat(unknown).isCompletedWithValue(7L);
  }

  @Test
  void whereNobodyConfirmsThatItIsToBeAskedAgain() {
    CompletableFuture<Long> unknown = names.before("test", "child", "1.0.0");
    barriers.remove().completeExceptionally(new LogException.NotLeader("there"));
    assertThat(unknown).isCompletedExceptionally();
  }

  @Test
  void whichVersionIsTheLatestIsConfirmedToo() {
    deployed = compiled();
    assertThat(names.before("test", "child", "latest")).isNotDone();
    assertThat(barriers).hasSize(1);
  }

  /** It decides on what is known, and nothing is committed if that was not the last. */
  @Test
  void whatTheFirstPartitionDecidesNeedsNoConfirmationOfWhatIsKnown() {
    deployed = compiled();
    assertThat(names.beforeFirst("test", "child", "latest")).isDone();
    assertThat(names.beforeFirst("test", "child", "1.0.0")).isDone();
    assertThat(barriers).isEmpty();
  }

  @Test
  void thatThereIsNoneIsConfirmedThereToo() {
    CompletableFuture<Long> unknown = names.beforeFirst("test", "child", "latest");
    assertThat(unknown).isNotDone();
    barriers.remove().completeExceptionally(new LogException.NotLeader("there"));
    assertThat(unknown).isCompletedExceptionally();
  }

  @Test
  void aVersionThatIsKnownNeverChanges() {
    deployed = compiled();
    assertThat(names.before("test", "child", "1.0.0")).isDone();
    assertThat(barriers).isEmpty();
  }
}
