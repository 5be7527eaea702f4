package dev.capstan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.cli.local.EmbeddedEngine;
import dev.capstan.cli.local.EngineOptions;
import dev.capstan.cli.terminal.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RunCommandTest {
  private static final String HEAD =
      "document: { dsl: '1.0.3', namespace: test, name: test, version: '0.1.0' }\n";

  @TempDir Path directory;
  private Shell shell;

  @BeforeEach
  void writeFiles() throws IOException {
    shell = new Shell(directory, Map.of());
    define("greet.yaml", "do:\n  - greet: { set: { message: '${ \"Hello, \" + .name }' } }\n");
    define(
        "shell.yaml",
        "do:\n  - say: { run: { shell: { command: 'echo from the shell; echo and more >&2' } } }\n");
    define(
        "fault.yaml",
        "do:\n  - give-up: { raise: { error: { type: https://example.com/out-of-stock, status: 409, title: Out of stock, detail: no rope left } } }\n");
    define("slow.yaml", "do:\n  - sleep: { wait: { minutes: 10 } }\n");
    Files.writeString(directory.resolve("ada.json"), "{\"name\": \"Ada\"}");
  }

  private void define(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), HEAD + text);
  }

  @Test
  void aCompletedRunPrintsItsOutputAndNothingElseOnStandardOutput() {
    Shell.Result result = shell.run("run", "greet.yaml", "--input", "@ada.json");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("{\n  \"message\": \"Hello, Ada\"\n}\n");
    assertThat(result.err()).contains("task.completed       greet", "execution.completed");
  }

  @Test
  void aFaultedRunEndsWithOneAndSaysWhyAsTalkAndAsJson() {
    Shell.Result result = shell.run("run", "fault.yaml", "--output", "json", "--quiet");

    JsonNode object = JsonText.parse(result.out(), "the output");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(object.fieldNames())
        .toIterable()
        .containsExactly("id", "status", "output", "error", "startedAt", "endedAt");
    assertThat(object.path("status").asText()).isEqualTo("faulted");
    assertThat(object.path("error").path("status").asInt()).isEqualTo(409);
    assertThat(result.err())
        .startsWith("faulted: Out of stock (out-of-stock, status 409)\n")
        .contains("no rope left");
  }

  @Test
  void theInputMayComeFromStandardInput() {
    Shell.Result result =
        shell.runWithInput("{\"name\":\"Grace\"}", "run", "greet.yaml", "-i", "-", "-q");

    assertThat(result.out()).contains("Hello, Grace");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void theSameIdAgainGivesTheSameExecution() {
    JsonNode first =
        JsonText.parse(
            shell.run("run", "greet.yaml", "-i", "@ada.json", "--id", "r1", "-o", "json").out(),
            "");
    Shell.Result again =
        shell.run("run", "greet.yaml", "-i", "@ada.json", "--id", "r1", "-o", "json");
    Shell.Result other = shell.run("run", "greet.yaml", "-i", "{\"name\":\"Bob\"}", "--id", "r1");

    assertThat(JsonText.parse(again.out(), "")).isEqualTo(first);
    assertThat(again.err()).contains("has ended before");
    assertThat(other.exitCode()).isEqualTo(4);
    assertThat(other.err()).contains("error CAP-2005");
  }

  @Test
  void whatATaskPrintsIsTold() {
    Shell.Result result = shell.run("run", "shell.yaml");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("from the shell");
    assertThat(result.err()).contains("say | from the shell", "say | and more");
  }

  @Test
  void aRunThatTakesLongerThanAllowedIsLeftAndSaysHowItGoesOn() {
    Shell.Result result = shell.run("run", "slow.yaml", "--timeout", "300ms", "--id", "slow-1");

    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("still running after 300 ms", "capstan run slow.yaml --id slow-1");
  }

  @Test
  void anInvalidDefinitionDoesNotEvenStartAnEngine() throws IOException {
    define("bad.yaml", "do:\n  - a: { sett: { x: 1 } }\n");

    Shell.Result result = shell.run("run", "bad.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("bad.yaml:", "is not a valid definition");
    assertThat(directory.resolve(".capstan")).doesNotExist();
  }

  @Test
  void aSecondProcessOnTheSameDirectoryIsRefusedWithTheFirstOnesNumber() {
    Path data = directory.resolve(".capstan");
    try (EmbeddedEngine _ = EmbeddedEngine.start(EngineOptions.silent(data, null, Map.of()))) {
      Shell.Result result = shell.run("run", "greet.yaml");

      assertThat(result.exitCode()).isEqualTo(4);
      assertThat(result.err()).contains("error: Process " + ProcessHandle.current().pid(), "fix: ");
    }
  }

  @Test
  void secretsAreReadFromTheFileAndFromTheEnvironment() throws IOException {
    define(
        "secret.yaml",
        "use: { secrets: [ token, other ] }\ndo:\n  - use-it: { set: { length: '${ ($secrets.token + $secrets.other) | length }' } }\n");
    Files.writeString(directory.resolve("secrets.yaml"), "token: abcdef\n");
    Shell withSecret = new Shell(directory, Map.of("CAPSTAN_SECRET_other", "xyz"));

    Shell.Result result = withSecret.run("run", "secret.yaml", "--secrets", "secrets.yaml", "-q");

    assertThat(result.out()).isEqualTo("{\n  \"length\": 9\n}\n");
  }
}
