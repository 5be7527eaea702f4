package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.TimerKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** The heap of timers beside a plain map. */
class TimersTest {

  @RepeatedTest(20)
  void timersComeInTheOrderOfTheirTimeWhateverWasArmedAndDisarmed(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    Timers timers = new Timers();
    Map<TimerKey, Long> model = new HashMap<>();
    for (int i = 0; i < 2_000; i++) {
      TimerKey key = new TimerKey(TimerKey.Kind.WAIT, random.nextInt(200));
      if (random.nextInt(3) == 0) {
        assertThat(timers.disarm("e", key) != null).isEqualTo(model.remove(key) != null);
      } else {
        long due = random.nextInt(1_000);
        timers.arm(new Timers.Timer("e", key, due));
        model.put(key, due);
      }
      assertThat(timers.size()).isEqualTo(model.size());
      assertThat(timers.nextMillis())
          .isEqualTo(
              model.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE));
    }
    List<Long> order = new ArrayList<>();
    for (Timers.Timer due = timers.due(Long.MAX_VALUE);
        due != null;
        due = timers.due(Long.MAX_VALUE)) {
      order.add(due.dueMillis);
      timers.disarm(due.execution, due.key);
    }
    assertThat(order).isSorted().hasSize(model.size());
  }

  @Test
  void nothingIsDueBeforeItsTime() {
    Timers timers = new Timers();
    timers.arm(new Timers.Timer("e", new TimerKey(TimerKey.Kind.WAIT, 1), 100));

    assertThat(timers.due(99)).isNull();
    assertThat(timers.due(100)).isNotNull();
  }

  @Test
  void aPostponedTimerLetsOthersGoFirst() {
    Timers timers = new Timers();
    Timers.Timer first = new Timers.Timer("e", new TimerKey(TimerKey.Kind.WAIT, 1), 1);
    timers.arm(first);
    timers.arm(new Timers.Timer("e", new TimerKey(TimerKey.Kind.WAIT, 2), 2));
    timers.postpone(first, 10);

    assertThat(timers.nextMillis()).isEqualTo(2);
    timers.disarm("e", new TimerKey(TimerKey.Kind.WAIT, 2));
    assertThat(timers.nextMillis()).isEqualTo(10);
  }
}
