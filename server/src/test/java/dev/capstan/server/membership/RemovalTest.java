package dev.capstan.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.gateway.Refusal;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who may be put out so that the others can still decide. */
class RemovalTest {
  private record Seen(Set<String> members, Set<String> answering) implements Voters {
    @Override
    public CompletableFuture<?> handOver() {
      throw new AssertionError("only looks");
    }
  }

  private static @Nullable Refusal refusal(
      String leaving, Set<String> rows, Set<String> members, Set<String> answering) {
    return Removal.refusal(leaving, rows, new Seen(members, answering));
  }

  @Test
  void whoIsDownMayGo() {
    assertThat(
            refusal("c3", Set.of("c1", "c2", "c3"), Set.of("c1", "c2", "c3"), Set.of("c1", "c2")))
        .isNull();
  }

  @Test
  void whoIsNeededBecauseAnotherOneIsDownMayNot() {
    assertThat(
            refusal("c2", Set.of("c1", "c2", "c3"), Set.of("c1", "c2", "c3"), Set.of("c1", "c2")))
        .hasMessageContaining("Without c2, c1, c3 would remain")
        .satisfies(refusal -> assertThat(refusal.hint()).contains("capstan cluster remove c3"));
  }

  @Test
  void theLastOneMayNot() {
    assertThat(refusal("c1", Set.of("c1"), Set.of("c1"), Set.of("c1")))
        .hasMessageContaining("c1 is the only coordinator");
  }

  @Test
  void theLastOneThatHasAReplicaMayNotAlthoughAnotherOneComes() {
    assertThat(refusal("c1", Set.of("c1", "c2"), Set.of("c1"), Set.of("c1")))
        .hasMessageContaining("c1 is the only coordinator");
  }

  @Test
  void nobodyMayWhileAVoteIsBeingTakenAway() {
    assertThat(
            refusal("c2", Set.of("c1", "c2"), Set.of("c1", "c2", "c3"), Set.of("c1", "c2", "c3")))
        .hasMessageContaining("c3 was put out");
  }

  @Test
  void nobodyMayWhereNothingCanBeCommitted() {
    assertThat(refusal("c2", Set.of("c1", "c2"), Set.of("c1", "c2"), Set.of("c1")))
        .hasMessageContaining("no majority answers");
  }
}
