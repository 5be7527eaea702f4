package dev.capstan.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PulseTest {
  private static Pulse of(long... moments) {
    Pulse pulse = new Pulse();
    for (long moment : moments) {
      pulse.beatAt(moment);
    }
    return pulse;
  }

  @Test
  void beatsAreCountedFromTheFirstMomentUntilBeforeTheSecond() {
    Pulse pulse = of(10, 20, 20, 30);
    assertThat(pulse.count(10, 30)).isEqualTo(3);
    assertThat(pulse.count(20, 21)).isEqualTo(2);
    assertThat(pulse.count(31, 99)).isZero();
  }

  @Test
  void aGapBeginsWithTheBeatBeforeAndLastsToTheEnd() {
    Pulse pulse = of(10, 50, 60);
    assertThat(pulse.longestGap(20, 65)).isEqualTo(new Pulse.Gap(10, 50));
    assertThat(pulse.longestGap(20, 200)).isEqualTo(new Pulse.Gap(60, 200));
    assertThat(of().longestGap(20, 50)).isEqualTo(new Pulse.Gap(20, 50));
  }
}
