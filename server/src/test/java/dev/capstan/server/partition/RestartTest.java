package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Command;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.StateText;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * A partition that is started again after every step does what one does that never stops: the same
 * random steps, the same rows in the end.
 */
class RestartTest {
  private static final int STEPS = 60;
  private static final List<Table> COMPARED =
      List.of(
          Table.EVENTS,
          Table.EXECUTIONS,
          Table.EXECUTION_INDEX,
          Table.TASKS,
          Table.TIMERS,
          Table.SUBSCRIPTIONS,
          Table.OUTBOX,
          Table.KEYS);
  private static final String MIXED =
      """
      document: { dsl: '1.0.3', namespace: test, name: mixed, version: '1.0.0' }
      timeout: { after: { minutes: 5 } }
      do:
        - both:
            fork:
              branches:
                - one:
                    do:
                      - work:
                          call: http
                          timeout: { after: { seconds: 30 } }
                          with: { method: get, endpoint: 'http://example.com/', output: content }
                      - pause: { wait: { seconds: 5 } }
                - two:
                    try:
                      - again:
                          call: http
                          with: { method: get, endpoint: 'http://example.com/', output: content }
                    catch:
                      retry: { delay: { seconds: 1 }, limit: { attempt: { count: 2 } } }
                      do:
                        - give: { set: { up: true } }
        - hear:
            listen: { to: { one: { with: { type: com.example.paid } } } }
      """;

  @RepeatedTest(15)
  void aPartitionThatRestartsAfterEveryStepIsLikeOneThatNeverStops(RepetitionInfo repetition) {
    Yard steady = new Yard();
    Yard restarted = new Yard();
    play(steady, repetition.getCurrentRepetition(), false);
    play(restarted, repetition.getCurrentRepetition(), true);

    for (Table table : COMPARED) {
      assertThat(restarted.rows(table)).as(table.name()).isEqualTo(steady.rows(table));
    }
    assertThat(states(restarted)).isEqualTo(states(steady));
    assertThat(steady.violations()).isEmpty();
    assertThat(restarted.violations()).isEmpty();
  }

  private static Map<String, String> states(Yard yard) {
    Map<String, String> states = new TreeMap<>();
    for (PartitionRequests.Summary summary :
        new ExecutionIndex(yard.store, yard.reader)
            .list(ExecutionIndex.Filter.ALL, 1_000, null)
            .executions()) {
      Execution state = yard.reader.replay(summary.id());
      states.put(summary.id(), state == null ? "none" : StateText.of(state));
    }
    return states;
  }

  private static void play(Yard yard, long seed, boolean restarts) {
    Random random = new Random(seed);
    List<String> ids = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      step(yard, random, ids, step);
      assertThat(yard.failures).isEmpty();
      if (restarts) {
        yard.restart();
      }
    }
  }

  private static void step(Yard yard, Random random, List<String> ids, int step) {
    int dice = random.nextInt(10);
    String id = ids.isEmpty() ? "none" : ids.get(random.nextInt(ids.size()));
    switch (dice) {
      case 0, 1, 2 -> {
        String fresh = "e" + step;
        ids.add(fresh);
        yard.start(fresh, MIXED);
      }
      case 3, 4, 5 -> reportSome(yard, random);
      case 6 -> yard.pass(Duration.ofMillis(random.nextInt(8_000)));
      case 7 -> {
        var _ = yard.publish("com.example.paid", "event-" + step);
      }
      case 8 -> {
        var _ =
            yard.command(
                id,
                random.nextBoolean()
                    ? new Command.Suspend("tester", null)
                    : new Command.Resume("tester"));
      }
      default -> {
        var _ = yard.command(id, new Command.Cancel("tester", null));
      }
    }
  }

  private static void reportSome(Yard yard, Random random) {
    if (yard.nodes.dispatched.isEmpty()) {
      return;
    }
    var dispatch = yard.nodes.dispatched.get(random.nextInt(yard.nodes.dispatched.size()));
    if (random.nextInt(4) == 0) {
      yard.partition.report(
          new Command.ReportFault(
              dispatch.token(),
              dev.capstan.core.history.ErrorType.COMMUNICATION.error("refused", null)),
          dispatch.token().execution());
      yard.run();
    } else {
      yard.report(dispatch, "{\"n\":" + random.nextInt(5) + "}");
    }
  }
}
