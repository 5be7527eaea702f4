package dev.capstan.server.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.env.StartupRefusal;
import dev.capstan.server.ManualClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a coordinator stops that was put out. */
class PutOutTest {
  private final ManualClock clock = new ManualClock(0);
  private final List<StartupRefusal> stopped = new ArrayList<>();
  private boolean out;
  private boolean votes = true;
  private final PutOut watch = new PutOut("c2", () -> out, () -> votes, clock::nanos, stopped::add);

  private void look() {
    watch.run();
    clock.advance(PutOut.LOOK_EVERY);
  }

  @Test
  void whoBelongsToTheClusterGoesOn() {
    votes = false;
    look();
    look();
    assertThat(stopped).as("one that is being taken in has no vote yet").isEmpty();
  }

  @Test
  void itStaysWhileItsVoteIsNeededToTakeItAway() {
    look();
    out = true;
    look();
    look();
    assertThat(stopped).isEmpty();

    votes = false;
    look();
    assertThat(stopped).as("what takes the vote away is not acknowledged yet").isEmpty();
    look();
    look();

    assertThat(stopped)
        .singleElement()
        .satisfies(why -> assertThat(why).hasMessageContaining("c2 was put out of the cluster"));
  }

  @Test
  void itDoesNotWaitForeverForWhoeverTakesItsVoteAway() {
    out = true;
    look();
    clock.advance(PutOut.LONGEST);
    look();
    assertThat(stopped).hasSize(1);
  }
}
