package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.execution.Execution;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Chance comes with the moment: equal moments, equal chances. */
class TurnTest {

  private static double chance(long random, long salt) {
    Execution execution = Execution.blank("x", Desk.definition("do: []"));
    return new Turn(execution, new Moment(Desk.START, random)).chance(salt);
  }

  @Test
  void chance_is_fixed_by_the_moment_and_the_salt() {
    assertThat(chance(1, 2)).isEqualTo(chance(1, 2)).isNotEqualTo(chance(1, 3));
    assertThat(chance(2, 2)).isNotEqualTo(chance(1, 2));
  }

  @Test
  void chance_is_spread_evenly_from_zero_to_one() {
    Execution execution = Execution.blank("x", Desk.definition("do: []"));
    Turn turn = new Turn(execution, new Moment(Desk.START, 42));
    DoubleStream draws = LongStream.range(0, 10_000).mapToDouble(turn::chance);
    int[] tenths = new int[10];
    draws.forEach(draw -> tenths[(int) (draw * 10)]++);
    assertThat(IntStream.of(tenths).boxed()).allMatch(count -> count > 850 && count < 1_150);
  }
}
