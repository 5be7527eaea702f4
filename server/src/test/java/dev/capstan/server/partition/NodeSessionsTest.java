package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Begun;
import dev.capstan.server.partition.Yard.Joined;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What becomes of attempts when sessions of nodes begin and end. */
class NodeSessionsTest {
  private static final int MANY = 60;

  private final Yard yard = new Yard();

  private Set<AttemptToken> run(int count) {
    for (int i = 0; i < count; i++) {
      yard.start("e" + i, Yard.ONE_TASK);
    }
    return yard.nodes.dispatched.stream().map(Effect.Dispatch::token).collect(Collectors.toSet());
  }

  private static AttemptToken ofFirst(Set<AttemptToken> tokens) {
    return tokens.stream().filter(token -> token.execution().equals("e0")).findAny().orElseThrow();
  }

  @Test
  void aNodeThatGoesOnKeepsWhatItHoldsAndTheRestComesBack() {
    Set<AttemptToken> all = run(3);
    AttemptToken held = ofFirst(all);
    CompletableFuture<Begun<Joined>> begun =
        yard.partition.sessionBegins("node-1", Set.of(held), _ -> new Joined(1, 0));
    yard.run();

    assertThat(begun.resultNow().kept()).containsExactly(held);
    assertThat(yard.nodes.dispatched).hasSize(5);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void whatIsCancelledWhileTheComparisonGoesOnIsNotKept() {
    yard.with(yard.limits.withBatches(4, 1024));
    Set<AttemptToken> all = run(MANY);
    AttemptToken held = ofFirst(all);
    CompletableFuture<Begun<Joined>> begun =
        yard.partition.sessionBegins("node-1", Set.of(held), _ -> new Joined(1, 0));
    yard.partition.doWork();
    assertThat(begun).isNotDone();

    var _ =
        yard.partition.command("e0", new Command.Cancel("tester", null), "tester", "test.cancel");
    yard.run();

    assertThat(begun.resultNow().kept()).isEmpty();
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aNodeThatBeginsAnewHasNothing() {
    Set<AttemptToken> all = run(2);
    yard.nodes.epoch = 2;
    CompletableFuture<Begun<Joined>> begun =
        yard.partition.sessionBegins("node-1", all, _ -> new Joined(0, 1));
    yard.run();

    assertThat(begun.resultNow().kept()).isEmpty();
    assertThat(yard.nodes.dispatched).hasSize(4);
  }

  @Test
  void whetherANodeHasDepartedIsDecidedWithWhatBecomesOfItsAttempts() {
    run(2);
    CompletableFuture<Long> superseded =
        yard.partition.sessionEnds("node-1", "its connection broke", false, _ -> 0L);
    yard.run();
    assertThat(superseded.resultNow()).isZero();
    assertThat(yard.nodes.dispatched).hasSize(2);

    yard.nodes.epoch = 2;
    CompletableFuture<Long> ended =
        yard.partition.sessionEnds("node-1", "its connection broke", false, _ -> 1L);
    yard.run();
    assertThat(ended.resultNow()).isEqualTo(1);
    assertThat(yard.nodes.dispatched).hasSize(4);
  }

  @Test
  void aFullInboxHoldsUpNoNode() {
    yard.with(yard.limits.withInbox(1, yard.limits.inboxBytes()));
    yard.post("a", Yard.ONE_SET);
    CompletableFuture<Begun<Joined>> begun =
        yard.partition.sessionBegins("node-1", Set.of(), _ -> new Joined(1, 0));
    CompletableFuture<Long> ended = yard.partition.sessionEnds("node-2", "it left", false, _ -> 0L);
    yard.run();

    assertThat(List.of(begun, ended)).allMatch(future -> !future.isCompletedExceptionally());
  }

  @Test
  void aRefusedJoinChangesNothing() {
    run(2);
    CompletableFuture<Begun<Joined>> refused =
        yard.partition.sessionBegins(
            "node-1",
            Set.of(),
            _ -> {
              throw new Refusal(Refusal.Code.NOT_READY, "this coordinator leads no more");
            });
    yard.run();

    assertThat(Yard.refusal(refused)).hasMessageContaining("leads no more");
    assertThat(yard.nodes.dispatched).hasSize(2);
  }
}
