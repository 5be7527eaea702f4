package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When what the others say of a coordinator counts. */
class DismissalTest {
  private static final Duration LONG = Duration.ofSeconds(10);

  private final ManualClock clock = new ManualClock(0);
  private final Dismissal dismissal = new Dismissal(clock::nanos);

  @Test
  void oneThatSaysNothingElseForLongIsEnough() {
    assertThat(dismissal.isSaidFor(LONG)).isFalse();
    dismissal.refused("c1");
    clock.advance(LONG.minusMillis(1));
    dismissal.refused("c1");
    dismissal.answered("c2");
    assertThat(dismissal.isSaidFor(LONG)).isFalse();

    clock.advance(Duration.ofMillis(1));
    dismissal.refused("c1");
    assertThat(dismissal.isSaidFor(LONG)).isTrue();
  }

  @Test
  void oneThatHasSaidItOnceMayNotHaveKnown() {
    dismissal.refused("c1");
    clock.advance(Duration.ofDays(1));
    assertThat(dismissal.isSaidFor(LONG)).isFalse();
  }

  @Test
  void oneThatAnswersAgainWasAtItsStart() {
    dismissal.refused("c1");
    clock.advance(LONG);
    dismissal.answered("c1");
    dismissal.refused("c1");
    assertThat(dismissal.isSaidFor(LONG)).isFalse();
  }

  @Test
  void whatTwoHaveSaidIsNotAddedUp() {
    dismissal.refused("c1");
    clock.advance(LONG);
    dismissal.refused("c2");
    assertThat(dismissal.isSaidFor(LONG)).isFalse();
  }
}
