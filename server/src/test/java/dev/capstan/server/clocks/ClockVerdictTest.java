package dev.capstan.server.clocks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.clocks.ClockVerdict.Grade;
import dev.capstan.server.clocks.ClockVerdict.Reading;
import dev.capstan.server.clocks.ClockVerdict.Standing;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClockVerdictTest {
  private static final long HOUR = 3_600_000;
  private static final List<String> TRIO = List.of("c1", "c2", "c3");

  private static Reading at(long aheadMillis) {
    return new Reading(aheadMillis, 1);
  }

  private static ClockVerdict first(Map<String, Reading> others) {
    return ClockVerdict.NONE.next("c1", TRIO, others, 0);
  }

  @Test
  void clocksThatAgreeAreGood() {
    ClockVerdict verdict = first(Map.of("c2", at(-40), "c3", at(30)));

    assertThat(verdict.agreedMillis()).isZero();
    assertThat(verdict.clocks())
        .containsEntry("c1", new Standing(0, Grade.GOOD))
        .containsEntry("c2", new Standing(-40, Grade.GOOD))
        .containsEntry("c3", new Standing(30, Grade.GOOD));
  }

  @ParameterizedTest
  @ValueSource(longs = {HOUR, -HOUR, 310_000, -310_000})
  void whoseClockTheOthersDifferFromIsWrongWhoeverCompares(long ahead) {
    ClockVerdict own = first(Map.of("c2", at(-ahead), "c3", at(-ahead + 20)));
    ClockVerdict others = first(Map.of("c2", at(15), "c3", at(ahead)));

    assertThat(own.grade("c1")).isEqualTo(Grade.WRONG);
    assertThat(own.grade("c2")).isEqualTo(Grade.GOOD);
    assertThat(own.agreedMillis()).isBetween(-ahead, -ahead + 20);
    assertThat(others.grade("c3")).isEqualTo(Grade.WRONG);
    assertThat(others.grade("c1")).isEqualTo(Grade.GOOD);
    assertThat(others.agreedMillis()).isBetween(0L, 15L);
  }

  @Test
  void aFewSecondsAreToldAndNoMore() {
    ClockVerdict verdict = first(Map.of("c2", at(0), "c3", at(-6_000)));

    assertThat(verdict.grade("c3")).isEqualTo(Grade.APART);
    assertThat(first(Map.of("c2", at(0), "c3", at(4_900))).grade("c3")).isEqualTo(Grade.GOOD);
  }

  @Test
  void whatALongWayOfTheAnswerMayExplainIsNotHeldAgainstAClock() {
    assertThat(first(Map.of("c2", at(0), "c3", new Reading(5_200, 300))).grade("c3"))
        .isEqualTo(Grade.GOOD);
  }

  @Test
  void aClockAtTheEdgeDoesNotGoToAndFro() {
    ClockVerdict wrong = first(Map.of("c2", at(0), "c3", at(301_000)));

    ClockVerdict edge = wrong.next("c1", TRIO, Map.of("c2", at(0), "c3", at(250_000)), 0);
    ClockVerdict better = edge.next("c1", TRIO, Map.of("c2", at(0), "c3", at(230_000)), 0);
    ClockVerdict apart = better.next("c1", TRIO, Map.of("c2", at(0), "c3", at(4_500)), 0);
    ClockVerdict good = apart.next("c1", TRIO, Map.of("c2", at(0), "c3", at(3_500)), 0);

    assertThat(List.of(wrong, edge, better, apart, good))
        .extracting(verdict -> verdict.grade("c3"))
        .containsExactly(Grade.WRONG, Grade.WRONG, Grade.APART, Grade.APART, Grade.GOOD);
  }

  @Test
  void whereNoMajorityAgreesNobodyIsWrong() {
    ClockVerdict three = first(Map.of("c2", at(HOUR), "c3", at(-HOUR)));
    ClockVerdict two = ClockVerdict.NONE.next("c1", List.of("c1", "c2"), Map.of("c2", at(HOUR)), 0);
    ClockVerdict four =
        ClockVerdict.NONE.next(
            "c1",
            List.of("c1", "c2", "c3", "c4"),
            Map.of("c2", at(0), "c3", at(HOUR), "c4", at(HOUR)),
            0);

    assertThat(List.of(three, two, four))
        .allSatisfy(verdict -> {
          assertThat(verdict.agreedMillis()).isNull();
          assertThat(verdict.grade("c1")).isEqualTo(Grade.GOOD);
          assertThat(verdict.clocks().values())
              .extracting(Standing::grade)
              .contains(Grade.APART)
              .doesNotContain(Grade.WRONG);
        });
  }

  @Test
  void whatWasKnownIsKeptWhileNoMajorityIsThere() {
    ClockVerdict known = first(Map.of("c2", at(-HOUR), "c3", at(-HOUR)));
    ClockVerdict alone = known.next("c1", TRIO, Map.of(), -HOUR);
    ClockVerdict two = alone.next("c1", TRIO, Map.of("c2", at(-HOUR)), -HOUR);
    ClockVerdict putRight = two.next("c1", TRIO, Map.of("c2", at(0)), 0);

    assertThat(alone.agreedMillis()).isNull();
    assertThat(alone.clocks()).containsEntry("c1", new Standing(HOUR, Grade.WRONG));
    assertThat(two.clocks())
        .containsEntry("c1", new Standing(HOUR, Grade.WRONG))
        .containsEntry("c2", new Standing(0, Grade.GOOD));
    assertThat(putRight.grade("c1")).isEqualTo(Grade.GOOD);
    assertThat(putRight.agreedMillis()).isZero();
  }

  @Test
  void theClockThatLeapsIsKnownFromTheTimeThatGoesOn() {
    List<String> pair = List.of("c1", "c2");
    ClockVerdict before = ClockVerdict.NONE.next("c1", pair, Map.of("c2", at(0)), 0);

    ClockVerdict own = before.next("c1", pair, Map.of("c2", at(-HOUR)), -HOUR);

    assertThat(own.clocks())
        .containsEntry("c1", new Standing(HOUR, Grade.APART))
        .containsEntry("c2", new Standing(0, Grade.GOOD));
  }

  @Test
  void whoIsPutOutIsForgotten() {
    ClockVerdict known = first(Map.of("c2", at(0), "c3", at(HOUR)));

    ClockVerdict without = known.next("c1", List.of("c1", "c2"), Map.of("c2", at(0)), 0);

    assertThat(without.clocks()).containsOnlyKeys("c1", "c2");
  }

  @Test
  void aMajorityIsOneOfAllCoordinatorsNotOfThoseThatAnswer() {
    List<String> five = List.of("c1", "c2", "c3", "c4", "c5");

    ClockVerdict two = ClockVerdict.NONE.next("c1", five, Map.of("c2", at(0)), 0);
    ClockVerdict three = ClockVerdict.NONE.next("c1", five, Map.of("c2", at(0), "c3", at(0)), 0);

    assertThat(two.agreedMillis()).isNull();
    assertThat(three.agreedMillis()).isZero();
  }
}
