package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Fold;
import dev.capstan.core.execution.StateText;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What happens around the fetching of functions, seen from the queue and from nodes. */
class FunctionCallsTest {
  private static final String ONE =
      "do: [ { a: { call: 'https://example.com/f.yaml', with: { n: 1 } } } ]";
  private static final String TWO =
      """
      do:
        - f:
            fork:
              branches:
                - a: { call: 'https://example.com/f.yaml', with: { n: 1 } }
                - b: { call: 'https://example.com/f.yaml', with: { n: 2 } }
      """;

  private static JsonNode document(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return TextNode.valueOf(Base64.getEncoder().encodeToString(bytes));
  }

  private static Command.ReportOutput fetched(long task, String text) {
    return new Command.ReportOutput(new AttemptToken("x", task, 1, 7), document(text));
  }

  private static WorkflowError error(Desk desk) {
    return Objects.requireNonNull(desk.execution().error(), "it has not faulted");
  }

  @Test
  void a_call_waits_for_a_node_that_can_fetch() {
    Desk desk = new Desk(ONE);
    Decision.Accepted started =
        desk.accept(new Command.Start(Desk.json("{}"), null, Map.of(), "test"));

    assertThat(Desk.effects(started, Effect.Enqueue.class))
        .extracting(Effect.Enqueue::kind)
        .containsExactly("call:http");
  }

  @Test
  void a_call_that_waits_needs_no_node_once_another_has_fetched_its_function() {
    Desk desk = Desk.started(TWO);
    desk.accept(new Command.Assign(2, "node-a", 7));
    desk.accept(fetched(2, "wait: PT1H"));

    Decision.Accepted assigned = desk.accept(new Command.Assign(3, "node-a", 7));

    assertThat(Desk.effects(assigned, Effect.Dispatch.class)).isEmpty();
    assertThat(Desk.events(assigned, Event.FunctionCalled.class))
        .containsExactly(new Event.FunctionCalled(3, Desk.json("{\"n\":2}")));
  }

  @Test
  void a_call_that_needs_no_node_any_more_does_not_run_out_of_time_for_one() {
    Desk desk =
        Desk.started(
            """
            do:
              - f:
                  fork:
                    branches:
                      - a: { call: 'https://example.com/f.yaml' }
                      - b: { call: 'https://example.com/f.yaml', metadata: { capstan: { queueTimeout: PT5S } } }
            """);
    desk.accept(new Command.Assign(2, "node-a", 7));
    desk.accept(fetched(2, "wait: PT1H"));

    Decision.Accepted assigned = desk.accept(new Command.Assign(3, "node-a", 7));

    assertThat(Desk.effects(assigned, Effect.DisarmTimer.class))
        .contains(new Effect.DisarmTimer(new TimerKey(TimerKey.Kind.QUEUE_TIMEOUT, 3)));
  }

  @Test
  void what_is_fetched_second_does_not_count_not_even_its_failure() {
    Desk desk = Desk.started(TWO);
    desk.accept(new Command.Assign(2, "node-a", 7));
    desk.accept(new Command.Assign(3, "node-b", 7));
    desk.accept(fetched(2, "wait: PT1H"));

    Decision.Accepted failed =
        desk.accept(
            new Command.ReportFault(
                new AttemptToken("x", 3, 1, 7), ErrorType.COMMUNICATION.error("gone", null)));

    assertThat(Desk.events(failed, Event.FunctionFetched.class))
        .containsExactly(new Event.FunctionFetched(3, null));
    assertThat(Desk.events(failed, Event.FunctionCalled.class)).hasSize(1);
  }

  @Test
  void a_second_report_of_one_attempt_is_stale() {
    Desk desk = Desk.started(ONE);
    desk.accept(new Command.Assign(1, "node-a", 7));
    desk.accept(fetched(1, "wait: PT1H"));

    assertThat(desk.decide(fetched(1, "wait: PT1H")))
        .isInstanceOfSatisfying(
            Decision.Rejected.class,
            rejected -> assertThat(rejected.reason()).isEqualTo(Decision.Reason.STALE_TOKEN));
  }

  @Test
  void no_node_within_its_time_is_a_timeout_of_the_call() {
    Desk desk =
        Desk.started(
            """
            do:
              - a:
                  call: 'https://example.com/f.yaml'
                  metadata: { capstan: { queueTimeout: PT5S } }
            """);

    desk.after(Duration.ofSeconds(5)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1);

    assertThat(desk.execution().status()).isEqualTo(Status.FAULTED);
    assertThat(error(desk).instance()).isEqualTo("/do/0/a");
  }

  @Test
  void a_function_that_runs_no_longer_waits_for_a_node() {
    Desk desk =
        Desk.started(
            """
            do:
              - a:
                  call: 'https://example.com/f.yaml'
                  metadata: { capstan: { queueTimeout: PT5S } }
            """);
    desk.accept(new Command.Assign(1, "node-a", 7));
    desk.accept(fetched(1, "wait: PT1H"));

    desk.after(Duration.ofSeconds(5)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1);

    assertThat(desk.execution().status()).isEqualTo(Status.WAITING);
  }

  @Test
  void cancelled_it_stops_fetching() {
    Desk desk = Desk.started(ONE);
    desk.accept(new Command.Assign(1, "node-a", 7));

    Decision.Accepted cancelled = desk.accept(new Command.Cancel("somebody", null));

    assertThat(Desk.effects(cancelled, Effect.CancelAttempt.class)).hasSize(1);
  }

  @Test
  void a_history_without_the_catalog_gives_the_same_state() {
    Desk desk = Desk.started(ONE);
    List<Event> events = new ArrayList<>();
    events.addAll(desk.accept(new Command.Assign(1, "node-a", 7)).events());
    events.addAll(desk.accept(fetched(1, "do: [ { w: { wait: PT1H } } ]")).events());

    Execution again = Desk.started(ONE).execution();
    events.forEach(event -> Fold.apply(again, event, Desk.START));

    assertThat(StateText.of(again)).isEqualTo(StateText.of(desk.execution()));
    assertThat(again.task("/use/functions/https:~1~1example.com~1f.yaml/do/0/w").name())
        .isEqualTo("w");
  }

  @Test
  void what_can_be_fetched_is_bounded() {
    StringBuilder tasks = new StringBuilder("do:\n");
    for (int i = 0; i <= 100; i++) {
      tasks.append("  - t" + i + ": { call: 'https://example.com/" + i + ".yaml' }\n");
    }
    Desk desk = Desk.started(tasks.toString());
    long task = 1;
    for (int i = 0; i < 100; i++) {
      desk.accept(new Command.Assign(task, "node-a", 7));
      desk.accept(fetched(task, "set: { n: 1 }"));
      task = desk.execution().nextRun() - 1;
    }

    assertThat(desk.execution().status()).isEqualTo(Status.FAULTED);
    assertThat(error(desk).detail()).isEqualTo("an execution fetches at most 100 functions");
  }

  @Test
  void functions_do_not_call_each_other_without_end() {
    Desk desk = Desk.started("do: [ { t: { call: 'https://example.com/0.yaml' } } ]");
    for (int i = 1; desk.execution().status() != Status.FAULTED && i < 200; i++) {
      long task = desk.execution().nextRun() - 1;
      desk.accept(new Command.Assign(task, "node-a", 7));
      desk.accept(fetched(task, "do: [ { t: { call: 'https://example.com/" + i + ".yaml' } } ]"));
    }

    assertThat(error(desk).detail())
        .isEqualTo("functions call each other more than 50 levels deep");
    assertThat(desk.execution().fetchedFunctions()).hasSize(50);
  }
}
