package dev.capstan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.history.Event;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Generated workflows in generated worlds. After every decision the engine itself requires that the
 * history replays to the state, and whenever time stands still that everything has an owner. {@code
 * -Dgenerator.seed} runs one seed, {@code -Dgenerator.runs} more of them.
 */
class GeneratedWorkflowsTest {
  private static final long FIRST = 1;
  private static final int RUNS = 300;

  @Test
  void every_history_keeps_the_rules_and_cuts_and_crashes_change_no_outcome() {
    seeds().forEach(GeneratedWorkflowsTest::check);
  }

  static LongStream seeds() {
    Long seed = Long.getLong("generator.seed");
    return seed != null
        ? LongStream.of(seed)
        : LongStream.range(FIRST, FIRST + Integer.getInteger("generator.runs", RUNS));
  }

  private static void check(long seed) {
    GeneratedRun smooth = GeneratedRun.smooth(seed);
    GeneratedRun rough = GeneratedRun.rough(seed);
    try {
      assertThat(rough.go().outcome())
          .as("the outcome with cuts and crashes")
          .isEqualTo(smooth.go().outcome());
      finish(smooth);
      finish(rough);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(smooth.told() + "\n" + e.getMessage(), e);
    }
  }

  private static void finish(GeneratedRun run) {
    run.cancel();
    for (List<Event.Recorded> history : run.histories().values()) {
      assertThat(HistoryRules.check(history)).as("the execution has ended").isTrue();
    }
  }
}
