package dev.capstan.testkit.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.capstan.dsl.diagnostic.Diagnostic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a case can say, and what comes of it when it is not so. */
class TestFileTest {
  private static final String DOCUMENT =
      "document: { dsl: '1.0.3', namespace: test, name: %s, version: '0.1.0' }\n";

  private static final String CALL =
      """
      do:
        - ask:
            try:
              - fetch: { call: http, with: { method: post, endpoint: 'http://x.example', body: { n: '${ .n }' } } }
            catch: { retry: { delay: { seconds: 10 }, limit: { attempt: { count: 2 } } } }
        - done: { set: { got: '${ .v }' }, export: { as: '{ kept: .got }' } }
      """;

  private static final String LISTEN =
      """
      do:
        - early: { wait: { minutes: 1 } }
        - paid: { listen: { to: { one: { with: { type: paid } } } } }
        - tell: { emit: { event: { with: { source: 'https://x.example', type: told, data: '${ .[0] }' } } } }
      """;

  @TempDir Path folder;

  @Test
  void what_all_came_true_passes() throws Exception {
    CaseResult result =
        run(
            CALL,
            """
            input: { n: 7 }
            tasks: { fetch: { output: { v: 1.0 }, takes: PT2S } }
            expect:
              status: completed
              output: { got: 1 }
              context: { kept: 1 }
              ran: [ask, /do/1/done]
              neverRan: []
              calls: [{ task: fetch, with: { method: post, body: { n: 7 } } }]
              emitted: []
              took: { seconds: 2 }
            """);

    assertThat(texts(result)).isEmpty();
    assertThat(result.took()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void each_part_that_did_not_is_a_difference() throws Exception {
    CaseResult result =
        run(
            CALL,
            """
            input: { n: 7 }
            tasks: { fetch: { output: { v: 1 } } }
            expect:
              output: { got: 2, more: [1] }
              context: {}
              ran: [done, ask]
              neverRan: [done]
              calls: [{ task: fetch, with: { body: { n: 8 } } }]
              emitted: [told]
              took: PT1S
            """);

    assertThat(texts(result))
        .containsExactly(
            "output.got: expected 2, but was 1",
            "output.more: expected [1], but was nothing",
            "context.kept: expected nothing, but was 1",
            "ran: expected done, ask, but was ask, fetch, done (ask is missing there)",
            "neverRan: expected no run of done, but was ask, fetch, done",
            "calls[0] (fetch).body.n: expected 8, but was 7",
            "emitted: expected told, but was none",
            "took: expected PT1S, but was PT0S");
  }

  @Test
  void answers_come_one_after_the_other_and_the_last_goes_on() throws Exception {
    CaseResult result =
        run(
            CALL,
            """
            tasks:
              /do/0/ask/try/0/fetch:
                - error: { type: communication, status: 503, detail: busy }
                - error: { type: 'https://x.example/odd', status: 418 }
            expect: { error: { type: 'https://x.example/odd', status: 418 }, calls: [fetch, fetch, fetch], took: PT20S }
            """);

    assertThat(texts(result)).isEmpty();
  }

  @Test
  void an_error_that_nobody_expected_is_told_with_the_status() throws Exception {
    CaseResult result = run(CALL, "{ tasks: { fetch: { error: timeout } }, expect: {} }");

    assertThat(texts(result))
        .singleElement()
        .asString()
        .startsWith("status: expected completed, but was faulted with {\"type\":\"https://")
        .contains("errors/timeout\",\"status\":408", "/do/0/ask/try/0/fetch");
  }

  @Test
  void an_error_that_did_not_come_is_a_difference() throws Exception {
    CaseResult result =
        run(CALL, "{ tasks: { fetch: { output: {} } }, expect: { error: timeout } }");

    assertThat(texts(result))
        .contains("status: expected faulted, but was completed")
        .anyMatch(text -> text.startsWith("error: expected {\"type\":"));
  }

  @Test
  void a_task_that_nothing_answers_for_is_named() throws Exception {
    assertThat(texts(run(CALL, "expect: {}")))
        .containsExactly(
            "task fetch (/do/0/ask/try/0/fetch): expected an answer under \"tasks\","
                + " as call:http runs on a node, but was without one");
  }

  @Test
  void an_attempt_that_is_lost_with_its_node_runs_again() throws Exception {
    CaseResult result =
        run(
            CALL,
            """
            tasks: { fetch: [{ lost: true, takes: PT5S }, { output: { v: 1 } }] }
            expect: { output: { got: 1 }, calls: [fetch, fetch] }
            """);

    assertThat(texts(result)).isEmpty();
  }

  @Test
  void an_event_arrives_as_soon_as_a_task_listens() throws Exception {
    CaseResult result =
        run(
            LISTEN,
            """
            events: [{ with: { type: paid, data: 5 } }]
            expect: { emitted: [{ type: told, data: 5 }], took: PT1M }
            """);

    assertThat(texts(result)).isEmpty();
  }

  @Test
  void an_event_with_a_time_arrives_then_whether_or_not_a_task_listens() throws Exception {
    CaseResult result =
        run(
            LISTEN,
            """
            events:
              - { with: { type: paid, data: late }, after: { hours: 3 } }
              - { with: { type: paid, data: early }, after: PT30S }
            expect: { emitted: [{ data: late }], took: PT3H }
            """);

    assertThat(texts(result)).isEmpty();
  }

  @Test
  void an_event_that_nobody_listens_to_is_a_difference() throws Exception {
    CaseResult result =
        run(
            LISTEN,
            """
            events: [{ with: { type: piad } }]
            expect: {}
            """);

    assertThat(texts(result))
        .containsExactly(
            "status: expected completed, but was waiting in paid",
            "event piad: expected a task that listens to it, but was not awaited by any task");
  }

  @Test
  void what_hangs_is_ended_by_a_timeout() throws Exception {
    CaseResult result =
        run(
            """
            do:
              - slow: { run: { shell: { command: sleep 1000 } }, timeout: { after: { days: 7 } } }
            """,
            "{ tasks: { slow: { hangs: true } }, expect: { error: timeout, took: P7D } }");

    assertThat(texts(result)).isEmpty();
  }

  @Test
  void secrets_are_those_of_the_case() throws Exception {
    CaseResult result =
        run(
            """
            use: { secrets: [key] }
            do:
              - show: { set: { k: '${ $secrets.key.id }' } }
            """,
            "{ secrets: { key: { id: s3 } }, expect: { output: { k: s3 } } }");

    assertThat(texts(result)).isEmpty();
  }

  @Test
  void other_workflows_run_when_they_are_named() throws Exception {
    write("child.yaml", DOCUMENT.formatted("child") + CALL);
    write(
        "parent.yaml",
        DOCUMENT.formatted("parent")
            + "do: [{ c: { run: { workflow: { namespace: test, name: child, version: '0.1.0', input: { n: 1 } } } } }]\n");
    Path file =
        write(
            "parent.test.yaml",
            """
            workflow: parent.yaml
            others: [child.yaml]
            cases:
              - name: one
                tasks: { fetch: { output: { v: 4 } } }
                expect: { output: { got: 4 }, ran: [c, fetch, done] }
            """);

    assertThat(texts(TestFile.read(file).cases().getFirst().run())).isEmpty();
  }

  @Test
  void a_function_that_is_fetched_is_given_and_its_tasks_are_answered() throws Exception {
    CaseResult result =
        run(
            """
            do:
              - greet: { call: 'https://x.example/f.yaml', with: { n: 1 } }
            """,
            """
            tasks:
              greet: { function: { call: http, with: { method: get, endpoint: 'http://x.example' } } }
              https://x.example/f.yaml: { output: { hello: 1 } }
            expect: { output: { hello: 1 } }
            """);

    assertThat(texts(result)).isEmpty();
  }

  @Test
  void an_external_schema_is_given_under_its_uri_or_the_place_where_it_is_named() throws Exception {
    CaseResult result =
        run(
            """
            input: { schema: { resource: { endpoint: 'https://x.example/in' } } }
            do:
              - a: { set: { n: 1 }, output: { schema: { resource: { endpoint: 'https://x.example/out' } } } }
            """,
            """
            tasks:
              https://x.example/in: { schema: { type: object } }
              /do/0/a/output/schema/resource/endpoint: { schema: { required: [m] } }
            expect:
              error: { type: validation, instance: /do/0/a }
              ran: [a]
              calls: ['https://x.example/in', 'https://x.example/out']
            """);

    assertThat(texts(result)).isEmpty();
  }

  @Test
  void what_is_wrong_with_a_file_is_found_all_at_once_with_its_place() throws Exception {
    assertThat(
            findings(
                CALL,
                """
                tsaks: {}
                tasks:
                  fetsch: { output: 1 }
                  done: { output: 1 }
                  fetch: [{ output: 1, error: timeout }, { error: comunication }, { error: 'urn:a' }, { hangs: no }]
                events: [{ after: soon }]
                expect: { status: complete, ran: [dnoe], took: 5, error: { status: 7 } }
                """))
        .containsExactly(
            "4:5 CAP-1101 a case has no \"tsaks\" | did you mean \"tasks\"?",
            "6:7 CAP-1204 there is no task fetsch | did you mean \"fetch\"?",
            "7:7 CAP-1204 the task done needs no node, so nothing can answer for it | allowed: fetch",
            "8:15 CAP-1109 an answer has output and error | exactly one of output, error, messages, lost, hangs, function, schema",
            "8:55 CAP-1104 \"comunication\" is no type of error | did you mean \"communication\"?",
            "8:80 CAP-1102 an error of a type of your own needs \"status\" | types with a status of their own:"
                + " configuration, validation, expression, authentication, authorization, timeout, communication, runtime",
            "8:100 CAP-1104 \"hangs\" must be true | leave it out otherwise",
            "9:14 CAP-1102 an event needs \"with\" | ",
            "9:23 CAP-1401 \"soon\" is no duration",
            "10:23 CAP-1104 \"complete\" is no status | did you mean \"completed\"?",
            "10:39 CAP-1204 there is no task dnoe | did you mean \"done\"?",
            "10:52 CAP-1401 \"5\" is no duration",
            "10:72 CAP-1409 \"status\" must be a whole number from 100 to 599 | ");
  }

  @Test
  void a_case_says_its_name_and_what_it_expects() throws Exception {
    assertThat(findings(CALL, "input: 1"))
        .containsExactly("3:5 CAP-1102 a case needs \"expect\" | ");
  }

  @Test
  void a_workflow_that_is_not_valid_is_told_as_validate_does() throws Exception {
    write("w.yaml", DOCUMENT.formatted("w") + "do: [{ a: { sett: 1 } }]\n");
    Path file = write("w.test.yaml", "{ workflow: w.yaml, cases: [{ name: a, expect: {} }] }");

    TestFileException refused =
        catchThrowableOfType(TestFileException.class, () -> TestFile.read(file));

    assertThat(refused.file()).isEqualTo("w.yaml");
    assertThat(refused.rendered()).contains("w.yaml:2:", "did you mean \"set\"?");
  }

  @Test
  void a_workflow_that_is_not_there_is_named() throws Exception {
    Path file = write("w.test.yaml", "{ workflow: x.yaml, cases: [{ name: a, expect: {} }] }");

    assertThat(catchThrowableOfType(TestFileException.class, () -> TestFile.read(file)))
        .hasMessageContaining("w.test.yaml:1:13")
        .hasMessageContaining("there is no file x.yaml");
  }

  private CaseResult run(String workflow, String rest) throws IOException, TestFileException {
    return TestFile.read(file(workflow, rest)).cases().getFirst().run();
  }

  private List<String> findings(String workflow, String rest) throws IOException {
    Path file = file(workflow, rest);
    return catchThrowableOfType(TestFileException.class, () -> TestFile.read(file))
        .diagnostics()
        .stream()
        .map(TestFileTest::line)
        .toList();
  }

  private static String line(Diagnostic found) {
    String hint = found.hint() == null ? "" : found.hint().lines().findFirst().orElse("");
    String message = found.message().replaceFirst(" duration: .*", " duration");
    return found.line()
        + ":"
        + found.column()
        + " "
        + found.code()
        + " "
        + message
        + (message.endsWith("duration") ? "" : " | " + hint);
  }

  private Path file(String workflow, String rest) throws IOException {
    write("w.yaml", DOCUMENT.formatted("w") + workflow);
    String flow = rest.startsWith("{") ? rest.substring(1, rest.length() - 1) : "";
    String text =
        flow.isEmpty()
            ? "workflow: w.yaml\ncases:\n  - name: one\n" + rest.indent(4)
            : "workflow: w.yaml\ncases:\n  - { name: one, " + flow + "}\n";
    return write("w.test.yaml", text);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static List<String> texts(CaseResult result) {
    return result.differences().stream().map(Difference::text).toList();
  }
}
