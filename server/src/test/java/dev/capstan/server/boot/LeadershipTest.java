package dev.capstan.server.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.node.env.StartupRefusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeadershipTest {
  private final List<String> done = new ArrayList<>();
  private final Leadership leadership =
      new Leadership(
          term -> done.add("begin " + term),
          () -> done.add("end"),
          () -> null,
          () -> done.add("give up"));

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
  void whoFailsWithoutLeadingHasNothingToEnd() {
    leadership.failed(new IllegalStateException("the disk is gone"));

    assertThat(done).containsExactly("give up");
    assertThatThrownBy(() -> leadership.await(Duration.ofSeconds(30)))
        .isInstanceOf(StartupRefusal.class)
        .hasMessageContaining("the disk is gone");
  }
}
