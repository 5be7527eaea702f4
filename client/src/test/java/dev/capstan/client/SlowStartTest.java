package dev.capstan.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** In which moment callers go to a server that they did not ask before. */
class SlowStartTest {
  private static final long ROUND = SlowStart.DOUBLED_EVERY.toNanos();
  private static final int FIRST = SlowStart.FIRST;

  private final SlowStart start = new SlowStart();

  private List<Long> pauses(String server, long now, int callers) {
    return LongStream.range(0, callers).mapToObj(_ -> start.pauseNanos(server, now)).toList();
  }

  private static long count(List<Long> pauses, long pause) {
    return pauses.stream().filter(each -> each == pause).count();
  }

  @Test
  void groupsDouble() {
    List<Long> pauses = pauses("a", 1_000, 8 * FIRST);

    assertThat(pauses).isSorted();
    assertThat(count(pauses, 0)).isEqualTo(FIRST);
    assertThat(count(pauses, ROUND)).isEqualTo(FIRST);
    assertThat(count(pauses, 2 * ROUND)).isEqualTo(2 * FIRST);
    assertThat(count(pauses, 3 * ROUND)).isEqualTo(4 * FIRST);
  }

  @Test
  void whoComesLaterHasWaitedAlready() {
    pauses("a", 0, FIRST);

    assertThat(start.pauseNanos("a", ROUND / 4)).isEqualTo(ROUND - ROUND / 4);
    assertThat(start.pauseNanos("a", ROUND)).isZero();
  }

  @Test
  void nobodyWaitsWhenAllAreThere() {
    pauses("a", 0, 10_000);

    assertThat(pauses("a", 20 * ROUND, 10_000)).containsOnly(0L);
  }

  @Test
  void eachServerStartsAnew() {
    pauses("a", 0, 100);

    assertThat(pauses("b", 5, FIRST)).containsOnly(0L);
    assertThat(start.pauseNanos("b", 5)).isEqualTo(ROUND);
  }
}
