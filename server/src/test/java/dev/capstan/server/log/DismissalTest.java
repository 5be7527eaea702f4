package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When what the others say of a coordinator counts. */
class DismissalTest {
  private static final Duration LONG = Duration.ofSeconds(10);

  private static final Duration SOON = Duration.ofSeconds(1);

  private final ManualClock clock = new ManualClock(0);
  private final Dismissal dismissal = new Dismissal(clock::nanos);

  @Test
  void oneThatSaysNothingElseForLongIsEnough() {
    assertThat(dismissal.isSaidFor(LONG)).isFalse();
    dismissal.refused("c1");
    sayUntil(LONG.minusMillis(1));
    assertThat(dismissal.isSaidFor(LONG)).isFalse();

    clock.advance(Duration.ofMillis(1));
    dismissal.refused("c1");
    assertThat(dismissal.isSaidFor(LONG)).isTrue();
  }

  /** Again and again, as calls come. */
  private void sayUntil(Duration end) {
    for (Duration gone = SOON; gone.compareTo(end) <= 0; gone = gone.plus(SOON)) {
      clock.advance(SOON);
      dismissal.refused("c1");
    }
    clock.advance(Duration.ofNanos(end.toNanos() % SOON.toNanos()));
    dismissal.refused("c1");
  }

  /** It is needed where another one answers, in a partition that the first does not have yet. */
  @Test
  void oneThatAnswersOutweighsOneThatSaysSo() {
    dismissal.refused("c1");
    sayUntil(LONG.dividedBy(2));
    dismissal.answered("c2");
    sayUntil(LONG.minusMillis(1));
    assertThat(dismissal.isSaidFor(LONG)).isFalse();

    clock.advance(Duration.ofMillis(1));
    assertThat(dismissal.isSaidFor(LONG)).isTrue();
  }

  @Test
  void whatIsSaidBeforeAndAfterAPauseIsNotAddedUp() {
    dismissal.refused("c1");
    clock.advance(Duration.ofMinutes(1));
    dismissal.refused("c1");
    assertThat(dismissal.isSaidFor(LONG)).isFalse();

    sayUntil(LONG);
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
