package dev.capstan.security.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RenewalTest {
  private static final Instant FROM = Instant.parse("2026-11-23T10:00:00Z");
  private static final Lifetime DAY = new Lifetime(FROM, FROM.plus(Duration.ofHours(24)));

  @Test
  void aCertificateIsRenewedAroundHalfOfItsLifeAndNodesDoNotAskAllAtOnce() {
    Random random = new Random(7);
    Set<Instant> due = new HashSet<>();
    for (int node = 0; node < 100; node++) {
      Renewal renewal = Renewal.of(DAY, random);
      assertThat(renewal.due())
          .isBetween(FROM.plus(Duration.ofMinutes(648)), FROM.plus(Duration.ofMinutes(792)));
      due.add(renewal.due());
    }
    assertThat(due).hasSizeGreaterThan(90);
    assertThat(due).anyMatch(time -> time.isBefore(FROM.plus(Duration.ofMinutes(690))));
    assertThat(due).anyMatch(time -> time.isAfter(FROM.plus(Duration.ofMinutes(750))));
  }

  @Test
  void dueAndAlarmBeginAtTheirInstant() {
    Renewal renewal = Renewal.of(DAY, new Random(7));
    assertThat(renewal.isDue(renewal.due().minusMillis(1))).isFalse();
    assertThat(renewal.isDue(renewal.due())).isTrue();
    Instant lastQuarter = FROM.plus(Duration.ofHours(18));
    assertThat(renewal.isAlarming(lastQuarter.minusMillis(1))).isFalse();
    assertThat(renewal.isAlarming(lastQuarter)).isTrue();
  }

  @Test
  void theTimeThatIsLeftIsCounted() {
    assertThat(DAY.left(FROM.plus(Duration.ofHours(23)))).isEqualTo(Duration.ofHours(1));
    assertThat(DAY.isOver(DAY.until())).isFalse();
    assertThat(DAY.isOver(DAY.until().plusMillis(1))).isTrue();
  }
}
