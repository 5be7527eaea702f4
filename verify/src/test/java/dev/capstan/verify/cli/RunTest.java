package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code capstan run}: to the end, killed, interrupted, and started again. */
class RunTest {
  private static final String HEAD =
      "document: { dsl: '1.0.3', namespace: test, name: steps, version: '1.0.0' }\ndo:\n";

  /** Each step leaves a line; the third waits until it is let go. */
  private static final String STEPS =
      HEAD
          + """
            - first: { run: { shell: { command: 'echo first >> "$TRACE"', environment: { TRACE: '${ .trace }' } } }, output: { as: '$input' } }
            - second: { run: { shell: { command: 'echo second >> "$TRACE"', environment: { TRACE: '${ .trace }' } } }, output: { as: '$input' } }
            - third:
                run:
                  shell:
                    command: 'echo "third $CAPSTAN_ATTEMPT $CAPSTAN_IDEMPOTENCY_KEY" >> "$TRACE"; until [ -e "$TRACE.go" ]; do sleep 0.05; done'
                    environment: { TRACE: '${ .trace }' }
                output: { as: '$input' }
            - last: { run: { shell: { command: 'echo last >> "$TRACE"; echo over', environment: { TRACE: '${ .trace }' } } } }
          """;

  @TempDir Path directory;
  private Shell shell;
  private Path trace;

  @BeforeEach
  void writeDefinitions() throws IOException {
    shell = Shell.in(directory);
    trace = directory.resolve("trace");
    Files.writeString(directory.resolve("steps.yaml"), STEPS);
    Files.writeString(directory.resolve("input.json"), "{\"trace\": \"" + trace + "\"}");
    Files.writeString(
        directory.resolve("hello.yaml"),
        HEAD + "  - greet: { set: { message: '${ \"Hello, \" + .name }' } }\n");
    Files.writeString(
        directory.resolve("sleep.yaml"),
        HEAD + "  - sleep: { wait: { seconds: 8 } }\n  - done: { set: { rested: true } }\n");
  }

  private List<String> trace() {
    try (Stream<String> lines = Files.lines(trace)) {
      return lines.toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  @Test
  void aPipedRunPrintsItsOutputAsDataAndItsStoryAsTalkWithoutColours() {
    Ended run = shell.run("run", "hello.yaml", "--input", "{\"name\": \"Ada\"}");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).isEqualTo("{\n  \"message\": \"Hello, Ada\"\n}\n");
    assertThat(run.err().lines().toList())
        .first()
        .asString()
        .startsWith("execution ")
        .endsWith(" of steps");
    assertThat(run.err()).contains("task.completed       greet", "execution.completed");
    assertThat(run.out() + run.err()).doesNotContain("\u001b").doesNotContain("starting");
  }

  @Test
  void asJsonARunIsOneObjectWithTheSameMembersAlways() {
    Ended run =
        shell.run("run", "hello.yaml", "-i", "{\"name\":\"Ada\"}", "--output", "json", "-q");

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    JsonNode object = run.json();
    assertThat(object.fieldNames())
        .toIterable()
        .containsExactly("id", "status", "output", "error", "startedAt", "endedAt");
    assertThat(object.path("status").asText()).isEqualTo("completed");
    assertThat(object.path("output").path("message").asText()).isEqualTo("Hello, Ada");
    assertThat(object.path("error").isNull()).isTrue();
    assertThat(Instant.parse(object.path("endedAt").asText()))
        .isAfterOrEqualTo(Instant.parse(object.path("startedAt").asText()));
  }

  @Test
  void aKilledRunGoesOnWhereItWasUnderTheSameId() throws IOException {
    String[] command = {"run", "steps.yaml", "--input", "@input.json", "--id", "killed"};
    try (Started first = shell.start(command)) {
      first.awaitUntil("the third step", () -> trace().size() == 3);
      first.kill();
    }
    Files.createFile(directory.resolve("trace.go"));

    Ended second = shell.run(command);

    assertThat(second.exitCode()).as(second.err()).isZero();
    assertThat(second.out()).isEqualTo("\"over\"\n");
    assertThat(second.err()).contains("execution killed goes on where it was");
    String key = trace().get(2).substring("third 1 ".length());
    assertThat(key).isNotBlank();
    assertThat(trace())
        .as("completed steps ran once, the one under way again with its key")
        .containsExactly("first", "second", "third 1 " + key, "third 2 " + key, "last");
    assertThat(eventsOf("killed", "first"))
        .containsExactly("task.created", "task.started 1", "task.completed 1");
    assertThat(eventsOf("killed", "third"))
        .containsExactly(
            "task.created",
            "task.started 1",
            "task.retried 2",
            "task.started 2",
            "task.completed 2");
    Ended third = shell.run(command);
    assertThat(third.exitCode()).isZero();
    assertThat(third.out()).isEqualTo(second.out());
    assertThat(third.err()).isEqualTo("execution killed has ended before; this is its result\n");
    assertThat(trace()).hasSize(5);
  }

  /** Types and attempts of a task's events, asked from a server on the data of the run. */
  private List<String> eventsOf(String execution, String task) {
    try (Started dev = shell.start("dev", "--port", "auto")) {
      dev.awaitTalk("  Data  ");
      JsonNode events = shell.run("history", execution, "--output", "json").json();
      return Stream.iterate(0, i -> i < events.size(), i -> i + 1)
          .map(events::get)
          .filter(event -> event.path("task").asText().equals(task))
          .map(event ->
              event.path("type").asText()
                  + (event.has("attempt") && !event.path("attempt").isNull()
                      ? " " + event.path("attempt").asInt()
                      : ""))
          .toList();
    }
  }

  @Test
  void anInterruptedRunSaysHowItGoesOnAndDoes() {
    try (Started first = shell.start("run", "sleep.yaml", "--id", "interrupted")) {
      first.awaitTalk("task.started         sleep");

      Ended stopped = first.interrupt();

      assertThat(stopped.exitCode()).isEqualTo(130);
      assertThat(stopped.out()).isEmpty();
      assertThat(stopped.err())
          .endsWith(
              "stopped: nothing is lost; it goes on with: capstan run sleep.yaml --id interrupted\n")
          .doesNotContain("error");
    }
    Ended second = shell.run("run", "sleep.yaml", "--id", "interrupted");
    assertThat(second.exitCode()).as(second.err()).isZero();
    assertThat(second.out()).isEqualTo("{\n  \"rested\": true\n}\n");
  }

  @Test
  void aRunThatOutlastsItsTimeoutIsLeftAndItsTasksStopWithTheProcess() {
    Ended run =
        shell.run("run", "steps.yaml", "--input", "@input.json", "--id", "left", "--timeout", "3s");

    assertThat(run.exitCode()).isEqualTo(7);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains(
            "still running after 3.0 s",
            "goes on with: capstan run steps.yaml --input @input.json --id left");
  }
}
