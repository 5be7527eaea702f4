package dev.capstan.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MeasureTest {
  private static Measure of(double... values) {
    return Measure.of("it", "ms", DoubleStream.of(values).boxed().toList(), "");
  }

  @Test
  void aPercentileIsTheSmallestValueThatTheShareDoesNotExceed() {
    Measure two = of(2, 1);
    assertThat(two.at(0)).isEqualTo(1);
    assertThat(two.at(0.5)).isEqualTo(1);
    assertThat(two.at(0.99)).isEqualTo(2);
    List<Double> hundred = IntStream.rangeClosed(1, 100).mapToObj(n -> (double) n).toList();
    assertThat(Measure.at(hundred, 0.5)).isEqualTo(50);
    assertThat(Measure.at(hundred, 0.99)).isEqualTo(99);
    assertThat(Measure.at(hundred, 1)).isEqualTo(100);
    assertThat(of().at(0.5)).isNaN();
  }

  @Test
  void aPromiseIsKeptByThePercentileItSpeaksOf() {
    assertThat(of(1_999).promised(Promise.LED).isKept()).isTrue();
    assertThat(of(10, 2_000).promised(Promise.LED).isKept()).isFalse();
    assertThat(of(10, 2_999).promised(Promise.ALL_RUN_ELSEWHERE).isKept()).isTrue();
    assertThat(of(10, 3_000).promised(Promise.ALL_RUN_ELSEWHERE).isKept()).isFalse();
    assertThat(of(99_999).promised(Promise.HELD).isKept()).isFalse();
    assertThat(of(100_000).promised(Promise.HELD).isKept()).isTrue();
    assertThat(of(0).promised(Promise.NOTHING_LOST).isKept()).isTrue();
    assertThat(of(1).promised(Promise.NOTHING_LOST).isKept()).isFalse();
  }

  @Test
  void whatWasNotMeasuredKeepsNoPromise() {
    assertThat(of().promised(Promise.LED).isKept()).isFalse();
    assertThat(of().isKept()).isTrue();
    assertThat(of().promised(Promise.LED).json().has("p50")).isFalse();
  }

  @Test
  void runsStandSideBySideAndABrokenPromiseOfOneIsSeen() {
    ClusterRuns runs =
        new ClusterRuns(
            "capstan bench",
            "a machine",
            List.of(
                List.of(of(100).promised(Promise.LED)),
                List.of(of(3_000).promised(Promise.LED).withErrors(2))));
    assertThat(runs.isKept()).isFalse();
    assertThat(runs.isSound()).isFalse();
    assertThat(runs.markdown())
        .contains("| it | p99 < 2 s: **broken** | 1 | 100 · 3,000 | 100 · 3,000 |")
        .contains("| 0 · 2 |");
    assertThat(runs.json()).contains("\"kept\" : false", "\"errors\" : 2");
  }
}
