package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.execution.StateText;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What happens around the fetching of schemas, seen from the queue and from nodes. */
class SchemaFetchingTest {
  private static final String SCHEMA = "{type: object, required: [n]}";
  private static final String WHOLE =
      """
      input: { schema: { resource: { endpoint: 'https://example.com/in.json' } } }
      output: { schema: { resource: { endpoint: 'https://example.com/out.json' } } }
      do: [ { w: { wait: PT1H } } ]
      """;
  private static final String ONE =
      """
      do:
        - a:
            call: http
            with: { method: get, endpoint: 'http://localhost/' }
            output: { schema: { resource: { endpoint: 'https://example.com/s.json' } } }
      """;
  private static final String TWO =
      """
      do:
        - f:
            fork:
              branches:
                - a:
                    set: { n: 1 }
                    output: { schema: { resource: { endpoint: 'https://example.com/s.json' } } }
                - b:
                    run: { shell: { command: work } }
                    input: { schema: { resource: { endpoint: 'https://example.com/s.json' } } }
                    metadata: { capstan: { priority: 7, queueTimeout: PT5S } }
      """;

  private static Command.Assign assign(long task) {
    return new Command.Assign(task, "node-a", 7);
  }

  private static Command.ReportOutput fetched(long task, int attempt, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    JsonNode content = TextNode.valueOf(Base64.getEncoder().encodeToString(bytes));
    return new Command.ReportOutput(new AttemptToken("x", task, attempt, 7), content);
  }

  private static Command.ReportFault failed(long task) {
    WorkflowError gone =
        new WorkflowError(
            ErrorType.COMMUNICATION.uri(), 404, "Communication error", "gone", "/elsewhere");
    return new Command.ReportFault(new AttemptToken("x", task, 1, 7), gone);
  }

  private static Desk started(String tasks, String input) {
    Desk desk = new Desk(tasks);
    desk.accept(new Command.Start(Desk.json(input), null, Map.of(), "test"));
    return desk;
  }

  private static WorkflowError error(Desk desk) {
    return Objects.requireNonNull(desk.execution().error(), "it has not faulted");
  }

  private static List<String> enqueued(Decision.Accepted decision) {
    return Desk.effects(decision, Effect.Enqueue.class).stream()
        .map(each -> each.task() + " " + each.kind() + " " + each.metadata())
        .toList();
  }

  @Test
  void schemas_of_the_workflow_are_fetched_one_after_the_other_before_its_first_task() {
    Desk desk = new Desk(WHOLE);

    Decision.Accepted start =
        desk.accept(new Command.Start(Desk.json("{\"n\":1}"), null, Map.of(), "test"));

    assertThat(enqueued(start)).containsExactly("0 call:http {}");
    Decision.Accepted first = desk.accept(assign(0));
    assertThat(Desk.effects(first, Effect.Dispatch.class))
        .singleElement()
        .satisfies(dispatch -> {
          assertThat(dispatch.taskName()).isEqualTo("https://example.com/in.json");
          assertThat(dispatch.reference()).isEqualTo("/input/schema/resource/endpoint");
          assertThat(dispatch.once()).isFalse();
        });
    assertThat(enqueued(desk.accept(fetched(0, 1, SCHEMA)))).containsExactly("0 call:http {}");
    assertThat(desk.execution().nextRun()).isEqualTo(1);
    desk.accept(assign(0));
    desk.accept(fetched(0, 2, "{}"));
    assertThat(desk.execution().status()).isEqualTo(Status.WAITING);
    assertThat(StateText.of(desk.replayed())).isEqualTo(StateText.of(desk.execution()));
  }

  @Test
  void an_input_that_breaks_its_schema_faults_before_other_schemas_are_fetched() {
    Desk desk = started(WHOLE, "{}");
    desk.accept(assign(0));

    Decision.Accepted checked = desk.accept(fetched(0, 1, SCHEMA));

    assertThat(Desk.effects(checked, Effect.Enqueue.class)).isEmpty();
    assertThat(error(desk).type()).isEqualTo(ErrorType.VALIDATION.uri());
    assertThat(error(desk).instance()).isEqualTo("/input");
  }

  @Test
  void a_schema_of_the_workflow_that_is_not_there_faults_the_execution_at_its_endpoint() {
    Desk desk = started(WHOLE, "{}");
    desk.accept(assign(0));

    Decision.Accepted ended = desk.accept(failed(0));

    assertThat(error(desk))
        .isEqualTo(
            new WorkflowError(
                ErrorType.COMMUNICATION.uri(),
                404,
                "Communication error",
                "the schema can't be fetched: gone",
                "/input/schema/resource/endpoint"));
    assertThat(Desk.events(ended, Event.TaskFaulted.class)).isEmpty();
    assertThat(Desk.effects(ended, Effect.Withdraw.class)).contains(new Effect.Withdraw(0));
  }

  @Test
  void cancelled_or_too_late_it_stops_fetching() {
    Desk cancelled = started(WHOLE, "{}");
    cancelled.accept(assign(0));
    Desk late = started(WHOLE + "timeout: { after: PT5S }\n", "{}");
    late.accept(assign(0));

    Decision.Accepted cancel = cancelled.accept(new Command.Cancel("somebody", null));
    Decision.Accepted timeout =
        late.after(Duration.ofSeconds(5)).fire(TimerKey.Kind.EXECUTION_TIMEOUT, 0);

    for (Decision.Accepted end : List.of(cancel, timeout)) {
      assertThat(Desk.effects(end, Effect.CancelAttempt.class)).hasSize(1);
      assertThat(Desk.effects(end, Effect.Withdraw.class)).contains(new Effect.Withdraw(0));
    }
    assertThat(error(late).type()).isEqualTo(ErrorType.TIMEOUT.uri());
  }

  @Test
  void what_comes_while_it_is_suspended_counts_when_it_goes_on() {
    Desk desk = started(WHOLE, "{}");
    desk.accept(assign(0));
    desk.accept(new Command.Suspend("somebody", null));
    desk.accept(fetched(0, 1, SCHEMA));
    assertThat(desk.execution().status()).isEqualTo(Status.SUSPENDED);

    desk.accept(new Command.Resume("somebody"));

    assertThat(error(desk).type()).isEqualTo(ErrorType.VALIDATION.uri());
  }

  @Test
  void the_report_of_a_fetch_is_never_taken_for_the_result_of_the_task() {
    Desk desk = Desk.started(ONE);
    desk.accept(assign(1));
    desk.accept(fetched(1, 1, SCHEMA));
    desk.accept(assign(1));

    assertThat(desk.decide(fetched(1, 1, SCHEMA)))
        .isInstanceOfSatisfying(
            Decision.Rejected.class,
            rejected -> assertThat(rejected.reason()).isEqualTo(Decision.Reason.STALE_TOKEN));
    desk.accept(new Command.ReportOutput(new AttemptToken("x", 1, 2, 7), Desk.json("{\"n\":1}")));
    assertThat(desk.execution().status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void a_task_that_waits_for_a_schema_goes_on_at_once_when_another_has_fetched_it() {
    Desk desk = Desk.started(TWO);
    desk.accept(assign(2));

    Decision.Accepted came = desk.accept(fetched(2, 1, "true"));

    assertThat(Desk.effects(came, Effect.Withdraw.class)).containsExactly(new Effect.Withdraw(3));
    assertThat(enqueued(came))
        .containsExactly("3 run:shell {\"priority\":7,\"queueTimeout\":\"PT5S\"}");
    assertThat(Desk.effects(desk.accept(assign(3)), Effect.Dispatch.class))
        .extracting(Effect.Dispatch::kind)
        .containsExactly("run:shell");
  }

  @Test
  void what_is_fetched_second_does_not_count_not_even_its_failure() {
    Desk desk = Desk.started(TWO);
    desk.accept(assign(2));
    desk.accept(assign(3));
    desk.accept(fetched(2, 1, "true"));

    Decision.Accepted second = desk.accept(failed(3));

    assertThat(Desk.events(second, Event.SchemaFetched.class))
        .singleElement()
        .satisfies(event -> assertThat(event.document()).isNull());
    assertThat(desk.execution().status()).isEqualTo(Status.RUNNING);
  }

  @Test
  void a_node_that_is_lost_while_it_fetches_is_replaced_even_if_the_task_must_not_run_twice() {
    Desk desk = Desk.started(ONE + "      metadata: { capstan: { recovery: fail } }\n");
    desk.accept(assign(1));

    Decision.Accepted lost =
        desk.accept(
            new Command.ReportReturned(
                new AttemptToken("x", 1, 1, 7), "node-a is gone", Command.Return.LOST));

    assertThat(enqueued(lost)).containsExactly("1 call:http {}");
  }

  @Test
  void a_faulted_execution_that_is_retried_fetches_again_what_it_did_not_get() {
    Desk desk = Desk.started(ONE);
    desk.accept(assign(1));
    desk.accept(failed(1));

    Decision.Accepted retried = desk.accept(new Command.Retry("somebody"));

    assertThat(enqueued(retried)).as("it is entered anew").containsExactly("2 call:http {}");
  }

  @Test
  void an_execution_does_not_move_under_a_task_that_has_begun_without_its_new_schema() {
    Desk desk =
        Desk.started("do: [ { a: { call: http, with: { method: get, endpoint: 'http://x/' } } } ]");
    desk.accept(assign(1));

    assertThat(desk.decide(desk.to(ONE)))
        .isInstanceOfSatisfying(
            Decision.Rejected.class,
            rejected -> {
              assertThat(rejected.reason()).isEqualTo(Decision.Reason.CANNOT_MOVE);
              assertThat(rejected.detail()).contains("external schema");
            });
  }

  /** A task whose schema has a computed URI, with what stands before and around it. */
  private static String computed(String before, String uri) {
    return before
        + """
          - a:
              call: http
              with: { method: get, endpoint: 'http://localhost/' }
              output: { schema: { resource: { endpoint: '%s' } } }
        """
            .formatted(uri);
  }

  private static final String EXTENSION =
      "use: { extensions: [ { x: { extend: call, before: [ { b: { set: { n: 0 } } } ] } } ] }\n";
  private static final String URI = "https://example.com/{kind}";

  private static Desk running(String tasks, int task) {
    Desk desk = started(tasks, "{\"kind\": \"order\"}");
    desk.accept(assign(1));
    desk.accept(fetched(1, 1, SCHEMA));
    desk.accept(assign(task));
    return desk;
  }

  @Test
  void what_has_come_for_a_task_moves_with_it() {
    Desk desk = running(computed("do:\n", URI), 1);

    desk.accept(desk.to(computed("do:\n  - b: { set: { n: 1 } }\n", URI)));

    assertThat(StateText.of(desk.replayed())).isEqualTo(StateText.of(desk.execution()));
    desk.accept(new Command.ReportOutput(new AttemptToken("x", 1, 2, 7), Desk.json("{}")));
    assertThat(error(desk).type()).isEqualTo(ErrorType.VALIDATION.uri());
    assertThat(error(desk).instance()).isEqualTo("/do/1/a");
  }

  @Test
  void what_has_come_for_an_extended_task_moves_with_it() {
    Desk desk = running(computed(EXTENSION + "do:\n", URI), 3);

    desk.accept(desk.to(computed(EXTENSION + "do:\n  - b: { set: { n: 1 } }\n", URI)));

    assertThat(StateText.of(desk.replayed())).isEqualTo(StateText.of(desk.execution()));
    desk.accept(new Command.ReportOutput(new AttemptToken("x", 3, 1, 7), Desk.json("{\"n\": 1}")));
    assertThat(desk.execution().status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void what_has_come_for_another_uri_does_not_count_after_a_move() {
    Desk begun = running(computed("do:\n", URI), 1);
    String other = computed("do:\n", URI + "/2");

    assertThat(begun.decide(begun.to(other))).isInstanceOf(Decision.Rejected.class);

    Desk waits = started(computed("do:\n", URI), "{\"kind\": \"order\"}");
    waits.accept(assign(1));
    waits.accept(fetched(1, 1, SCHEMA));
    assertThat(enqueued(waits.accept(waits.to(other)))).containsExactly("1 call:http {}");
  }

  @Test
  void what_is_being_fetched_during_a_move_fails_where_it_stands_then() {
    Desk desk = started(computed("do:\n", URI), "{\"kind\": \"order\"}");
    desk.accept(assign(1));
    desk.accept(desk.to(computed("do:\n  - b: { set: { n: 1 } }\n", URI)));

    desk.accept(failed(1));

    assertThat(error(desk).instance()).isEqualTo("/do/1/a/output/schema/resource/endpoint");
  }

  @Test
  void a_fetch_has_the_same_key_wherever_its_task_stands() {
    Desk desk = started(computed("do:\n", URI), "{\"kind\": \"order\"}");
    String first = key(desk.accept(assign(1)));
    desk.accept(
        new Command.ReportReturned(
            new AttemptToken("x", 1, 1, 7), "node-a is gone", Command.Return.LOST));
    desk.accept(desk.to(computed("do:\n  - b: { set: { n: 1 } }\n", URI)));

    assertThat(key(desk.accept(assign(1)))).isEqualTo(first);
  }

  private static String key(Decision.Accepted assigned) {
    return Desk.effects(assigned, Effect.Dispatch.class).getFirst().idempotencyKey();
  }

  @Test
  void an_input_that_was_not_checked_yet_is_checked_by_the_version_that_it_moves_to() {
    String input = "input: { schema: { document: { required: [n] } } }";
    for (boolean fetching : List.of(false, true)) {
      Desk whole = started(WHOLE, "{}");
      Desk task = started("do:\n  - a:\n      set: { n: 1 }\n      " + external(input), "{}");
      if (fetching) {
        whole.accept(assign(0));
        task.accept(assign(1));
      }

      whole.accept(whole.to(input + "\ndo: [ { w: { wait: PT1H } } ]"));
      task.accept(task.to("do:\n  - a:\n      set: { n: 1 }\n      " + input));
      if (fetching) {
        whole.accept(fetched(0, 1, "true"));
        task.accept(fetched(1, 1, "true"));
      }

      assertThat(error(whole).type()).isEqualTo(ErrorType.VALIDATION.uri());
      assertThat(error(whole).instance()).isEqualTo("/input");
      assertThat(error(task).type()).isEqualTo(ErrorType.VALIDATION.uri());
      assertThat(error(task).instance()).isEqualTo("/do/0/a");
    }
  }

  private static String external(String input) {
    return input.replace(
        "document: { required: [n] }", "resource: { endpoint: 'https://example.com/in.json' }");
  }

  @Test
  void a_document_that_makes_no_sense_is_an_error_at_its_endpoint() {
    String deep = "{\"items\": ".repeat(500) + "true" + "}".repeat(500);
    for (String nonsense :
        List.of(
            "type: 7",
            "pattern: '('",
            "$ref: 3",
            "minimum: x",
            "items: []",
            "$ref: '#a'",
            "{$id: 'https://example.com/a', $ref: 'https://example.com/b'}",
            "title: " + "x".repeat(300_000),
            deep)) {
      Desk desk = Desk.started(ONE);
      desk.accept(assign(1));
      desk.accept(fetched(1, 1, nonsense));

      assertThat(error(desk).type()).isEqualTo(ErrorType.CONFIGURATION.uri());
      assertThat(error(desk).instance()).isEqualTo("/do/0/a/output/schema/resource/endpoint");
      assertThat(error(desk).detail()).startsWith("what was fetched is not a valid JSON schema: ");
    }
  }

  @Test
  void what_only_the_check_of_data_finds_is_an_error_of_the_task() {
    Desk desk = Desk.started(ONE);
    desk.accept(assign(1));
    desk.accept(fetched(1, 1, "$dynamicRef: '#'"));
    desk.accept(assign(1));

    desk.accept(new Command.ReportOutput(new AttemptToken("x", 1, 2, 7), Desk.json("1")));

    assertThat(error(desk).type()).isEqualTo(ErrorType.VALIDATION.uri());
    assertThat(error(desk).instance()).isEqualTo("/do/0/a");
  }

  @Test
  void a_fetch_that_no_node_takes_in_time_is_an_error_at_its_endpoint_whatever_the_task_is() {
    String task = "      metadata: { capstan: { queueTimeout: PT5S } }\n";
    for (String kind :
        List.of("wait: PT1H", "call: http\n      with: { method: get, endpoint: 'http://x/' }")) {
      Desk desk =
          Desk.started(
              "do:\n  - a:\n      "
                  + kind
                  + "\n      "
                  + external("input: { schema: { document: { required: [n] } } }")
                  + "\n"
                  + task);

      desk.after(Duration.ofSeconds(5)).fire(TimerKey.Kind.QUEUE_TIMEOUT, 1);

      assertThat(error(desk).type()).isEqualTo(ErrorType.TIMEOUT.uri());
      assertThat(error(desk).instance()).isEqualTo("/do/0/a/input/schema/resource/endpoint");
    }
  }

  @Test
  void the_time_that_a_fetch_may_wait_ends_when_a_node_takes_it() {
    Desk desk =
        Desk.started(
            "do:\n  - a:\n      wait: PT1H\n      "
                + external("input: { schema: { document: { required: [n] } } }")
                + "\n      metadata: { capstan: { queueTimeout: PT5S } }\n");

    Decision.Accepted taken = desk.accept(assign(1));

    assertThat(Desk.effects(taken, Effect.DisarmTimer.class))
        .contains(new Effect.DisarmTimer(new TimerKey(TimerKey.Kind.QUEUE_TIMEOUT, 1)));
  }

  @Test
  void what_can_be_fetched_is_bounded() {
    StringBuilder tasks = new StringBuilder("do:\n");
    for (int i = 0; i <= 100; i++) {
      tasks.append(
          "  - t"
              + i
              + ": { set: { n: 1 }, output: { schema: { resource: { endpoint:"
              + " 'https://example.com/"
              + i
              + "' } } } }\n");
    }
    Desk desk = Desk.started(tasks.toString());
    for (int i = 0; i < 100; i++) {
      desk.accept(assign(i + 1));
      desk.accept(fetched(i + 1, 1, "true"));
    }

    assertThat(error(desk).detail()).isEqualTo("an execution fetches at most 100 schemas");
    assertThat(error(desk).instance()).isEqualTo("/do/100/t100/output/schema/resource/endpoint");
  }
}
