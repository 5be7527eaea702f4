package dev.capstan.server.clocks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.StateReply;
import dev.capstan.node.env.Clock;
import dev.capstan.server.HeardLog;
import dev.capstan.server.log.PeerNetwork;
import dev.capstan.server.metrics.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ClockWatchTest {
  private static final long HOUR = 3_600_000;
  private static final long NOON = 1_700_000_000_000L;

  private final Machine machine = new Machine();
  private final AgreedClock clock = new AgreedClock(machine);
  private final Map<String, Long> others = new TreeMap<>(Map.of("c2", 0L, "c3", 0L));
  private final Set<String> silent = new HashSet<>();
  private final ClockWatch watch =
      new ClockWatch(new Memory(), "main", "c1", () -> List.of("c1", "c2", "c3"), clock);

  /** Time stands still but where a test moves it. */
  private static final class Machine implements Clock {
    private long wallMillis = NOON;
    private long nanos;

    @Override
    public long wallMillis() {
      return wallMillis;
    }

    @Override
    public long nanos() {
      return nanos;
    }
  }

  private final class Memory implements PeerNetwork {
    @Override
    public void serve(PeerNetwork.Handler handler) {}

    @Override
    public byte[] call(String node, Call call, byte[] request, Duration timeout)
        throws IOException {
      Long ahead = others.get(node);
      if (call != Call.STATE || ahead == null || silent.contains(node)) {
        throw new IOException("no answer");
      }
      return ahead == Long.MIN_VALUE
          ? StateReply.getDefaultInstance().toByteArray()
          : StateReply.newBuilder().setWallMillis(NOON + ahead).build().toByteArray();
    }

    @Override
    public void close() {}
  }

  @RegisterExtension final HeardLog heard = new HeardLog(ClockWatch.class);

  private final List<String> told = heard.lines();

  @Test
  void aLeapIsNotFollowedBeforeItWasComparedAndNotAfterThatWhereOthersDiffer() throws Exception {
    watch.look();
    machine.wallMillis += HOUR;
    machine.nanos += 500_000_000;

    assertThat(clock.wallMillis()).isEqualTo(NOON + 500);

    watch.look();

    assertThat(watch.isWrong("c1")).isTrue();
    assertThat(watch.isWrong("c2")).isFalse();
    assertThat(clock.wallMillis()).isBetween(NOON, NOON + 1);
    assertThat(watch.aheadSeconds("c1")).isBetween(3_599.0, 3_601.0);
  }

  @Test
  void aFewMinutesAreNoReasonToGoByAnotherClock() throws Exception {
    others.put("c2", 200_000L);
    others.put("c3", 200_000L);

    watch.look();

    assertThat(watch.isWrong("c1")).isFalse();
    assertThat(clock.wallMillis()).isEqualTo(NOON);
    assertThat(watch.aheadSeconds("c1")).isBetween(-200.1, -199.9);
  }

  @Test
  void whereNobodyAnswersTheTimeGoesOnAsItWas() throws Exception {
    watch.look();
    silent.addAll(others.keySet());
    machine.wallMillis += HOUR;
    machine.nanos += 2_000_000_000;

    watch.look();

    assertThat(clock.wallMillis()).isEqualTo(NOON + 2_000);
    assertThat(watch.isWrong("c1")).as("nobody says so").isFalse();
  }

  @Test
  void beforeTheFirstComparisonTheMachinesClockIsAllThereIs() throws Exception {
    silent.addAll(others.keySet());
    watch.look();
    machine.wallMillis += 7;

    assertThat(clock.wallMillis()).isEqualTo(NOON + 7);
    assertThat(watch.aheadSeconds("c2")).isNull();
  }

  @Test
  void whoDoesNotTellItsTimeIsLeftOut() throws Exception {
    others.put("c3", Long.MIN_VALUE);

    watch.look();

    assertThat(watch.aheadSeconds("c2")).isNotNull();
    assertThat(watch.aheadSeconds("c3")).isNull();
  }

  @Test
  void metricsTellHowFarEachIsAhead() throws Exception {
    others.put("c3", -HOUR);
    watch.look();
    Map<String, Double> values = new TreeMap<>();

    watch.read((metric, value, labels) -> {
      assertThat(metric).isEqualTo(Metric.CLOCK_AHEAD);
      values.put(String.join(" ", labels), value);
    });

    assertThat(values).containsOnlyKeys("c1", "c2", "c3");
    assertThat(values.get("c3")).isBetween(-3_601.0, -3_599.0);
  }

  @Test
  void eachChangeIsToldOnceWithWhatToDo() throws Exception {
    for (long ahead : new long[] {0, 0, HOUR, HOUR + 1_000, HOUR, 0, 0}) {
      others.put("c3", ahead);
      watch.look();
    }
    others.put("c2", -HOUR);
    others.put("c3", -HOUR);
    watch.look();

    assertThat(told)
        .satisfiesExactly(
            wrong ->
                assertThat(wrong)
                    .contains("coordinator c3 is 3600.0 s ahead of", "NTP", "CAP-8105"),
            right -> assertThat(right).contains("coordinator c3 is right again"),
            own -> assertThat(own).contains("this coordinator is 3600.0 s ahead of"));
  }
}
