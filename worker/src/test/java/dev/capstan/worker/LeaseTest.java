package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A lease of 100, of a coordinator "c1" in whose cluster new leaders wait 250 for nodes. */
class LeaseTest {

  private final Lease lease = new Lease(0);

  @BeforeEach
  void granted() {
    lease.granted(1000, 100, 250);
  }

  private boolean isOver(long now, String... told) {
    return lease.isOver(now, "c1", List.of(told));
  }

  @Test
  void itLastsSinceTheLeaderWasHeardOf() {
    assertThat(isOver(1100)).isFalse();
    assertThat(isOver(1101)).isTrue();

    lease.led(1050);
    assertThat(isOver(1150)).isFalse();
    assertThat(isOver(1151)).isTrue();
  }

  @Test
  void itEndsWhileTheFormerLeaderIsSaidToLead() {
    assertThat(isOver(1101, "c1", "c1")).isTrue();
  }

  @Test
  void itGoesOnWhileAnyoneSaysThatNobodyLeadsAndNotForEver() {
    assertThat(isOver(1101, "")).isFalse();
    assertThat(isOver(1500, "c1", "")).isFalse();
    assertThat(isOver(1500, "", "c1")).isFalse();
    assertThat(isOver(1800, "")).isFalse();
    assertThat(isOver(1801, "")).isTrue();
  }

  @Test
  void anotherLeaderWaitsForNodesAndTheLeaseEndsWellBeforeThat() {
    assertThat(isOver(1101, "c2")).isFalse();
    assertThat(isOver(1251, "c2")).isFalse();
    assertThat(isOver(1252, "c2")).isTrue();
  }

  @Test
  void theWaitOfAnotherLeaderCountsFromWhenItWasFirstHeardOf() {
    assertThat(isOver(1040, "c2")).isFalse();
    assertThat(isOver(1190, "", "c2")).isFalse();
    assertThat(isOver(1191, "", "c2")).isTrue();
    assertThat(isOver(1192, "")).as("nobody takes back what another one has promised").isTrue();
  }

  @Test
  void aWordOfALeaderBeginsItAnew() {
    assertThat(isOver(1300, "c2")).isFalse();
    lease.led(1310);

    assertThat(isOver(1500, "c2")).isFalse();
  }

  /**
   * The new leader counts from when it began, and not from when this node misses the former one.
   */
  @Test
  void anotherLeaderThatWasHeardOfWhileTheFormerOneWasAboutToFallSilentCountsFromThen() {
    lease.led(1010);
    lease.told(1020, "c1", List.of("", "c2"));
    lease.led(1010);

    assertThat(isOver(1111, "c2")).isFalse();
    assertThat(isOver(1170, "c2")).isFalse();
    assertThat(isOver(1171, "c2")).isTrue();
  }

  @Test
  void aWordOfTheLeaderMakesWhatOthersSaidBeforeItVoid() {
    lease.told(1020, "c1", List.of("c2"));
    lease.led(1030);

    assertThat(isOver(1131)).as("nobody else leads").isTrue();
    assertThat(isOver(1131, "c2")).as("heard of now").isFalse();
  }
}
