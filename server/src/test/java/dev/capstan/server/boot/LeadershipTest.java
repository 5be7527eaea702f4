package dev.capstan.server.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.node.env.StartupRefusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LeadershipTest {
  private final List<String> done = new ArrayList<>();
  private final Map<Throwable, Throwable> reasons = new HashMap<>();
  private final Leadership leadership =
      new Leadership(
          term -> done.add("begin " + term),
          () -> done.add("end"),
          () -> null,
          () -> done.add("give up"),
          failure -> reasons.getOrDefault(failure, failure));

  @Test
  void aLeadershipThatFailsEndsAndIsGivenUp() {
    leadership.leads(1);

    leadership.failed(new IllegalStateException("the disk is gone"));

    assertThat(done).containsExactly("begin 1", "end", "give up");
    assertThat(leadership.isHere()).isFalse();
    assertThat(leadership.readiness().reasons().getFirst()).contains("the disk is gone");
    assertThat(leadership.failure().join()).hasMessage("the disk is gone");
  }

  @Test
  void itIsToldWhyItFailedWhereThatIsKnown() {
    Throwable failure = new IllegalStateException("the log has stopped");
    reasons.put(failure, new IllegalStateException("it was put out"));

    leadership.failed(failure);

    assertThat(leadership.failure().join()).hasMessage("it was put out");
    assertThat(leadership.readiness().reasons().getFirst()).contains("it was put out");
  }

  @Test
  void whoFailsWithoutLeadingHasNothingToEnd() {
    leadership.failed(new IllegalStateException("the disk is gone"));

    assertThat(done).containsExactly("give up");
    assertThatThrownBy(() -> leadership.await(Duration.ofSeconds(30)))
        .isInstanceOf(StartupRefusal.class)
        .hasMessageContaining("the disk is gone");
  }
}
