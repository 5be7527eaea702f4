package dev.capstan.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class UnrecordedDeparturesTest {
  private final ManualClock clock = new ManualClock(0);
  private final UnrecordedDepartures departures = new UnrecordedDepartures(clock);

  @Test
  void theFirstIsToldAtOnceAndTheOthersAreCounted() {
    assertThat(departures.sentence("The departure of node w1", "no leader"))
        .isEqualTo("The departure of node w1 could not be recorded: no leader");
    clock.advance(Duration.ofMillis(999));
    assertThat(departures.sentence("The departure of node w2", "no leader")).isNull();
    assertThat(departures.sentence("The departure of node w3", "no leader")).isNull();

    clock.advance(Duration.ofMillis(1));
    assertThat(departures.sentence("The departure of node w4", "no leader"))
        .isEqualTo(
            "The departure of node w4 could not be recorded, nor could 2 others since this was said"
                + " last: no leader");

    clock.advance(Duration.ofSeconds(1));
    assertThat(departures.sentence("The departure of node w5", "no leader"))
        .doesNotContain("others");
  }
}
