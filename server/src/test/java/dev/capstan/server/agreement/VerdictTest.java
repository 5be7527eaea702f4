package dev.capstan.server.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static ReplicaState has(String replica, @Nullable Long digest) {
    return new ReplicaState(replica, new StateDigest(5, 1), digest);
  }

  private static ReplicaState silent(String replica) {
    return new ReplicaState(replica, null, null);
  }

  @Test
  void equalReplicasAgree() {
    Verdict verdict = Verdict.of(5, List.of(has("c1", 7L), has("c2", 7L), silent("c3")));

    assertThat(verdict.agreed()).isEqualTo(7L);
    assertThat(verdict.compared()).containsExactly("c1", "c2");
    assertThat(verdict.differing()).isEmpty();
    assertThat(verdict.saysSomething()).isTrue();
  }

  @Test
  void whoDiffersFromAMajorityIsWrong() {
    Verdict verdict = Verdict.of(5, List.of(has("c1", 7L), has("c2", 8L), has("c3", 7L)));

    assertThat(verdict.isWrong("c2")).isTrue();
    assertThat(verdict.isWrong("c1")).isFalse();
    assertThat(verdict.differing()).containsExactly("c2");
  }

  @Test
  void twoOfThreeThatDifferAccuseNobody() {
    Verdict verdict = Verdict.of(5, List.of(has("c1", 7L), has("c2", 8L), silent("c3")));

    assertThat(verdict.agreed()).isNull();
    assertThat(verdict.differing()).containsExactly("c1", "c2");
    assertThat(verdict.isWrong("c1")).isFalse();
    assertThat(verdict.isWrong("c2")).isFalse();
  }

  @Test
  void halfOfFourIsNoMajority() {
    Verdict verdict =
        Verdict.of(5, List.of(has("c1", 7L), has("c2", 7L), has("c3", 8L), silent("c4")));

    assertThat(verdict.agreed()).isNull();
    assertThat(verdict.isWrong("c3")).isFalse();
  }

  @Test
  void oneAloneSaysNothing() {
    Verdict verdict = Verdict.of(5, List.of(has("c1", 7L), has("c2", null), silent("c3")));

    assertThat(verdict.saysSomething()).isFalse();
    assertThat(verdict.differing()).isEmpty();
  }
}
