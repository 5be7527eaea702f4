package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Fold;
import dev.capstan.core.execution.StateText;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowReference;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Extended tasks seen from their histories and from nodes. */
class ExtendingTest {
  private static final String CALL =
      """
      use: { extensions: [ { x: { extend: call, before: [ { b: { wait: PT1S } } ] } } ] }
      do:
        - c: { call: http, with: { method: get, endpoint: 'https://example.com' }, timeout: { after: PT1M } }
      """;

  @Test
  void the_history_says_which_extensions_apply() {
    Desk desk =
        new Desk(
            """
            use:
              extensions:
                - one: { extend: all, when: 'false' }
                - two: { extend: wait }
                - three: { extend: all }
            do:
              - t: { wait: PT1H }
            """);

    Decision.Accepted started =
        desk.accept(new Command.Start(Desk.json("{}"), null, Map.of(), "test"));

    assertThat(Desk.events(started, Event.TaskCreated.class))
        .containsExactly(
            new Event.TaskCreated(1, 0, "/do/0/t", 0, null, null, List.of(1, 2)),
            new Event.TaskCreated(2, 1, "/do/0/t", 2, null, null));
  }

  /** Histories that were written before extensions ran. */
  @Test
  void a_task_that_was_created_without_its_extensions_goes_on_without_them() {
    Execution execution = new Desk(CALL).execution();
    Fold.apply(
        execution,
        new Event.ExecutionStarted(
            new WorkflowReference("test", "test", "1.0.0", "0123abcd"),
            Desk.json("{}"),
            null,
            null,
            Map.of(),
            null,
            "test"),
        Desk.START);
    Fold.apply(execution, new Event.TaskCreated(1, 0, "/do/0/c", 0, null, null), Desk.START);
    Fold.apply(execution, new Event.TaskStarted(1, 1, "node-a", 7), Desk.START);
    Fold.apply(execution, new Event.TaskCompleted(1, Desk.json("1"), null, null), Desk.START);

    assertThat(execution.root().data()).isEqualTo(Desk.json("1"));
  }

  @Test
  void a_replay_gives_the_same_state() {
    Desk desk = Desk.started(CALL);
    List<Event> events = desk.after(Duration.ofSeconds(1)).fire(TimerKey.Kind.WAIT, 2).events();
    Execution again = Desk.started(CALL).execution();

    events.forEach(event -> Fold.apply(again, event, Desk.START.plusSeconds(1)));

    assertThat(StateText.of(again)).isEqualTo(StateText.of(desk.execution()));
  }

  @Test
  void the_task_itself_goes_to_a_node_once_what_is_before_it_has_ended() {
    Desk desk = new Desk(CALL);
    Decision.Accepted started =
        desk.accept(new Command.Start(Desk.json("{}"), null, Map.of(), "test"));

    Decision.Accepted waited = desk.after(Duration.ofSeconds(1)).fire(TimerKey.Kind.WAIT, 2);

    assertThat(Desk.effects(started, Effect.Enqueue.class)).isEmpty();
    assertThat(Desk.effects(waited, Effect.Enqueue.class))
        .extracting(Effect.Enqueue::task)
        .containsExactly(3L);
  }

  @Test
  void a_timeout_takes_the_task_from_its_node() {
    Desk desk = Desk.started(CALL);
    desk.after(Duration.ofSeconds(1)).fire(TimerKey.Kind.WAIT, 2);
    desk.accept(new Command.Assign(3, "node-a", 7));

    Decision.Accepted late = desk.after(Duration.ofMinutes(1)).fire(TimerKey.Kind.TASK_TIMEOUT, 1);

    assertThat(Desk.effects(late, Effect.CancelAttempt.class)).hasSize(1);
    assertThat(desk.execution().status()).isEqualTo(Status.FAULTED);
  }

  @Test
  void keys_of_one_extensions_tasks_differ_by_the_task_that_is_extended() {
    Desk desk =
        Desk.started(
            """
            use:
              extensions:
                - x: { extend: set, before: [ { b: { call: http, with: { method: get, endpoint: 'https://example.com' } } } ] }
            do:
              - t:
                  try:
                    - f: { fork: { branches: [ { one: { set: { n: 1 } } }, { two: { set: { n: 2 } } } ] } }
                  catch: { retry: { limit: { attempt: { count: 1 } } } }
            """);

    List<String> keys =
        desk.execution().runs().stream()
            .filter(run -> run.task().name().equals("b"))
            .map(run -> run.idempotencyKey("x"))
            .toList();

    assertThat(keys).hasSize(2).doesNotHaveDuplicates();
    assertThat(keys).allSatisfy(key -> assertThat(key).endsWith("/1"));
  }
}
