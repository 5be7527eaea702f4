package dev.capstan.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
  private static @Nullable List<String> next(
      List<String> present, List<String> wanted, String lastCome) {
    return Reconciler.nextStep(present, wanted, "c1", lastCome);
  }

  @Test
  void oneThatNeverComesDoesNotHoldUpTheNext() {
    List<String> present = List.of("c1");
    List<String> wanted = List.of("c1", "c2", "c3", "c4");

    assertThat(Reconciler.nextStep(present, wanted, "c1", null)).containsExactly("c1", "c2");
    assertThat(next(present, wanted, "c2")).containsExactly("c1", "c3");
    assertThat(next(present, wanted, "c3")).containsExactly("c1", "c4");
    assertThat(next(present, wanted, "c4")).as("and again").containsExactly("c1", "c2");
  }

  @Test
  void thoseThatAreToGoGoFirstAndTheLeaderLast() {
    assertThat(next(List.of("c1", "c2"), List.of("c3"), "c3")).containsExactly("c1");
    assertThat(next(List.of("c1"), List.of("c3"), "c3")).containsExactly("c1", "c3");
    assertThat(next(List.of("c1", "c3"), List.of("c3"), "c3")).containsExactly("c3");
    assertThat(next(List.of("c1"), List.of("c1"), "c3")).isNull();
  }
}
