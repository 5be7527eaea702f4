package dev.capstan.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.gateway.Refusal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who may be put out so that the others can still decide. */
class RemovalTest {
  private record Seen(List<Set<String>> groups, Set<String> answering) implements Voters {
    @Override
    public CompletableFuture<?> confirm() {
      throw new AssertionError("only looks");
    }

    @Override
    public CompletableFuture<?> handOver() {
      throw new AssertionError("only looks");
    }

    @Override
    public CompletableFuture<?> relieve(String coordinator) {
      throw new AssertionError("only looks");
    }
  }

  private static @Nullable Refusal refusal(
      String leaving, Set<String> rows, Set<String> members, Set<String> answering) {
    return Removal.refusal(leaving, rows, new Seen(List.of(members), answering));
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

  @Test
  void whoIsNeededInAnotherPartitionMayNotEither() {
    Set<String> rows = Set.of("c1", "c2", "c3", "c4");
    Set<String> answering = Set.of("c1", "c2", "c4");
    Voters voters = new Seen(List.of(rows, rows, Set.of("c1", "c2", "c3")), answering);
    assertThat(Removal.refusal("c2", rows, voters))
        .as("c4 has no replica of the third partition yet, and c3 is down")
        .hasMessageContaining("Without c2, c1, c3 would remain");
    assertThat(Removal.refusal("c3", rows, voters)).isNull();
  }

  @Test
  void nobodyMayWhileAVoteInAnotherPartitionIsBeingTakenAway() {
    Set<String> rows = Set.of("c1", "c2", "c3");
    Voters voters = new Seen(List.of(rows, Set.of("c1", "c2", "c3", "c4")), rows);
    assertThat(Removal.refusal("c2", rows, voters)).hasMessageContaining("c4 was put out");
  }
}
