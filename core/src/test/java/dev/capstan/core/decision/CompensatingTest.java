package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.jq.JqLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Compensation at its limits. */
class CompensatingTest {
  private static final Moment NOW = new Moment(Desk.START, 1);

  private final List<Event> events = new ArrayList<>();

  private Execution run(String tasks, int stepsPerDecision, long eventsPerExecution) {
    Settings settings =
        new Settings(
            JqLimits.ofSteps(1_000_000),
            SecretSource.NONE,
            JsonNodeFactory.instance.objectNode(),
            stepsPerDecision,
            eventsPerExecution);
    Decider decider = new Decider(settings);
    Execution execution = Execution.blank("x", Desk.definition(tasks));
    Command next = new Command.Start(Desk.json("{}"), null, Map.of(), "test");
    while (!execution.status().hasEnded()) {
      if (decider.decide(execution, next, NOW) instanceof Decision.Accepted accepted) {
        events.addAll(accepted.events());
      }
      next = new Command.FireTimer(new TimerKey(TimerKey.Kind.CONTINUE, 0));
    }
    return execution;
  }

  @Test
  void an_execution_remembers_so_many_tasks_and_undoes_them_when_there_are_more() {
    Execution execution =
        run(
            """
            do:
              - l:
                  for: { in: '${ [range(10001)] }' }
                  do: [ { a: { set: { n: 1 }, metadata: { capstan: { compensate: [] } } } } ]
            """,
            1_000,
            200_000);

    assertThat(Objects.requireNonNull(execution.error()).detail())
        .isEqualTo("an execution remembers at most 10000 completed tasks to undo");
    assertThat(execution.error().instance()).isEqualTo("/do/0/l/do/0/a");
    assertThat(events.stream().filter(Event.CompensationStarted.class::isInstance)).hasSize(1);
    assertThat(execution.remembered()).isZero();
    assertThat(execution.hasCompensated()).isTrue();
  }

  @Test
  void queues_are_not_told_what_undoes_a_task() {
    Desk desk =
        new Desk(
            """
            do:
              - c:
                  call: http
                  with: { method: get, endpoint: 'https://example.com' }
                  metadata: { capstan: { priority: 5, compensate: [ { u: { set: { n: 1 } } } ] } }
            """);

    Decision.Accepted started =
        desk.accept(new Command.Start(Desk.json("{}"), null, Map.of(), "test"));

    assertThat(Desk.effects(started, Effect.Enqueue.class))
        .extracting(Effect.Enqueue::metadata)
        .containsExactly(Desk.json("{\"priority\":5}"));
  }

  @Test
  void a_history_that_is_full_has_room_left_to_undo() {
    Execution execution =
        run(
            """
            do:
              - a: { set: { n: 1 }, metadata: { capstan: { compensate: [ { undo: { set: { n: 2 } } } ] } } }
              - b: { set: { n: 1 }, then: b }
            """,
            10,
            200);

    assertThat(execution.status()).isEqualTo(Status.FAULTED);
    assertThat(Objects.requireNonNull(execution.error()).detail())
        .contains("the history has reached its limit of 200 events");
    assertThat(events)
        .filteredOn(Event.TaskCreated.class::isInstance)
        .last()
        .extracting(event -> ((Event.TaskCreated) event).reference())
        .isEqualTo("/do/0/a/metadata/capstan/compensate/0/undo");
  }

  @Test
  void undoing_without_end_comes_to_an_end() {
    Execution execution =
        run(
            """
            do:
              - a: { set: { n: 1 }, metadata: { capstan: { compensate: [ { b: { set: { n: 1 }, then: b } } ] } } }
              - boom: { raise: { error: { type: 'https://example.com/e', status: 500 } } }
            """,
            10,
            200);

    assertThat(execution.status()).isEqualTo(Status.FAULTED);
    assertThat(execution.eventCount()).isLessThan(500);
    assertThat(execution.runs()).allMatch(run -> run.undoing() == null);
  }
}
