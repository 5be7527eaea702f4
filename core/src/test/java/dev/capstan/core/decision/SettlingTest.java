package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Settings of tasks that are expressions, and what is said of deadlines to others. */
class SettlingTest {
  private static final String CALL =
      "do: [{c: {call: http, with: {method: get, endpoint: 'http://h/'}, metadata: {capstan: ";

  private static Decision.Accepted started(Desk desk, String input) {
    return desk.accept(new Command.Start(Desk.json(input), null, Map.of(), "test"));
  }

  private static JsonNode enqueued(Decision.Accepted decision) {
    List<Effect.Enqueue> all = Desk.effects(decision, Effect.Enqueue.class);
    assertThat(all).hasSize(1);
    return all.getFirst().metadata();
  }

  @Test
  void theQueueIsToldValuesAndTheHistoryHasThemOnce() {
    Desk desk =
        new Desk(
            CALL
                + "{require: {gpu: true}, key: '${ .k }', priority: '${ .p }', idempotencyKey: '${ .k }',"
                + " concurrency: {key: '${ .k }', limit: 3}, rate: {key: mail, limit: 1, per: PT1S}}}}}]");
    Decision.Accepted decision = started(desk, "{\"k\": \"a\", \"p\": 7}");

    assertThat(Desk.events(decision, Event.TaskSettled.class))
        .containsExactly(
            new Event.TaskSettled(
                1,
                Desk.json(
                    "{\"priority\":7,\"key\":\"a\",\"idempotencyKey\":\"a\",\"concurrency\":{\"key\":\"a\"}}")));
    JsonNode expected =
        Desk.json(
            "{\"require\":{\"gpu\":true},\"key\":\"a\",\"priority\":7,"
                + "\"concurrency\":{\"key\":\"a\",\"limit\":3},"
                + "\"rate\":{\"key\":\"mail\",\"limit\":1,\"per\":\"PT1S\"}}");
    assertThat(enqueued(decision)).isEqualTo(expected);

    Decision.Accepted next = desk.fire(TimerKey.Kind.CONTINUE, 0);
    assertThat(Desk.events(next, Event.TaskSettled.class)).isEmpty();
    assertThat(enqueued(next)).isEqualTo(expected);
  }

  @Test
  void aKeyThatIsNullIsLeftOutWithTheLimitThatNeedsIt() {
    Desk desk =
        new Desk(
            CALL
                + "{key: '${ .k }', priority: '${ .p }', rate: {key: '${ .k }', limit: 1, per: PT1S}}}}}]");

    assertThat(enqueued(started(desk, "{}"))).isEqualTo(Desk.json("{}"));
  }

  @Test
  void literalsAreNotWrittenDown() {
    Desk desk = new Desk(CALL + "{key: 7, idempotencyKey: x}}}}]");
    Decision.Accepted decision = started(desk, "{}");

    assertThat(Desk.events(decision, Event.TaskSettled.class)).isEmpty();
    assertThat(enqueued(decision)).isEqualTo(Desk.json("{\"key\":7}"));
  }

  @Test
  void aChildThatIsWaitedForGetsTheFirstDeadlineAroundItButNoTimeout() {
    String run =
        "{r: {run: {await: %s, workflow: {namespace: a, name: b, version: '1.0.0'}}, timeout: {after: PT1S},"
            + " metadata: {capstan: {deadline: '2031-01-01T00:00:00Z'}}}}";
    Instant around = Desk.START.plus(Duration.ofHours(1));

    assertThat(deadline(run.formatted("true"), around)).isEqualTo(around);
    assertThat(deadline(run.formatted("true"), null))
        .isEqualTo(Instant.parse("2031-01-01T00:00:00Z"));
    assertThat(deadline(run.formatted("false"), around)).isNull();
  }

  private static @Nullable Instant deadline(String task, @Nullable Instant around) {
    Desk desk = new Desk("do: [" + task + "]");
    Decision.Accepted decision =
        desk.accept(new Command.Start(Desk.json("{}"), null, Map.of(), "test", null, around));
    Effect.Send send = Desk.effects(decision, Effect.Send.class).getFirst();
    return ((Message.StartChild) send.message()).deadline();
  }

  @Test
  void nodesGetTheDeadlineOfAnAttempt() {
    Desk desk = new Desk(CALL + "{deadline: '2031-01-01T00:00:00+01:00'}}}}]");
    started(desk, "{}");
    Decision.Accepted assigned = desk.accept(new Command.Assign(1, "n", 1));

    assertThat(Desk.effects(assigned, Effect.Dispatch.class).getFirst().deadline())
        .isEqualTo(Instant.parse("2030-12-31T23:00:00Z"));
  }
}
