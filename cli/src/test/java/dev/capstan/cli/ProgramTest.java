package dev.capstan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramTest {
  private static final String VALID =
      """
      document: { dsl: '1.0.3', namespace: test, name: hello, version: '0.1.0' }
      do:
        - greet: { set: { message: hello } }
      """;

  @TempDir Path directory;
  private Shell shell;

  @BeforeEach
  void writeFiles() throws IOException {
    shell = new Shell(directory, Map.of());
    Files.writeString(directory.resolve("hello.yaml"), VALID);
    Files.writeString(directory.resolve("bad.yaml"), VALID.replace("set:", "sett:"));
  }

  @Test
  void theHelpListsEveryCommandAndTheExitCodes() {
    Shell.Result result = shell.run("--help");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("Exit codes");
    for (Commands.Entry entry : Commands.ALL) {
      assertThat(result.out()).contains("  " + entry.name() + " ");
    }
  }

  @Test
  void withoutACommandTheHelpIsTalkAndTheExitCodeMisuse() {
    Shell.Result result = shell.run();

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("Usage: capstan");
  }

  @Test
  void everyCommandExplainsItself() {
    for (Commands.Entry entry : Commands.ALL) {
      Shell.Result result = shell.run(entry.name(), "--help");

      assertThat(result.exitCode()).as(entry.name()).isZero();
      assertThat(result.out()).as(entry.name()).contains("Usage: capstan " + entry.name());
    }
  }

  @Test
  void anUnknownCommandGetsTheNearestName() {
    Shell.Result result = shell.run("vlaidate", "hello.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains("error: there is no command \"vlaidate\"", "did you mean \"validate\"?");
  }

  @Test
  void anUnknownOptionGetsTheNearestNameAndNoStackTrace() {
    Shell.Result result = shell.run("validate", "--outptu", "json", "hello.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--outptu", "--output").doesNotContain("\tat ");
  }

  @Test
  void aValidDefinitionIsSummedUp() {
    Shell.Result result = shell.run("validate", "hello.yaml");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("✔ test/hello 0.1.0 · 1 task · DSL 1.0.3 · no warnings\n");
  }

  @Test
  void anInvalidDefinitionIsShownWithLineColumnAndAdvice() {
    Shell.Result result = shell.run("validate", "hello.yaml", "bad.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out())
        .contains("✔ test/hello", "bad.yaml:3:14", "^^^^", "did you mean \"set\"?");
  }

  @Test
  void diagnosticsComeAsJsonToo() {
    Shell.Result result = shell.run("validate", "bad.yaml", "--output", "json");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out())
        .contains("\"file\": \"bad.yaml\"", "\"valid\": false", "\"line\": 3", "\"column\": 14");
  }

  @Test
  void aDefinitionCanComeFromStandardInput() {
    assertThat(shell.runWithInput(VALID, "validate", "-").exitCode()).isZero();
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Shell.Result result = shell.run("validate", "nothing.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("error: there is no file nothing.yaml", directory.toString());
  }

  @Test
  void anInputThatIsNoJsonIsNamedWithItsPlace() throws IOException {
    Files.writeString(directory.resolve("input.json"), "{\n  \"a\": tru\n}");

    Shell.Result inline = shell.run("run", "hello.yaml", "--input", "{a:1}");
    Shell.Result file = shell.run("run", "hello.yaml", "--input", "@input.json");

    assertThat(inline.exitCode()).isEqualTo(2);
    assertThat(inline.err()).contains("the value of --input is not JSON (line 1, column");
    assertThat(file.err()).contains("input.json is not JSON (line 2, column");
  }

  @Test
  void aServerThatIsNotThereIsUnavailableWithAWayOut() {
    Shell.Result result = shell.run("list", "--server", "http://127.0.0.1:9");

    assertThat(result.exitCode()).isEqualTo(6);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("error CAP-6004: no connection to http://127.0.0.1:9", "capstan dev");
  }

  @Test
  void errorCodesAreExplainedOffline() {
    assertThat(shell.run("explain", "CAP-1204").out()).startsWith("# CAP-1204");
    assertThat(shell.run("explain", "cap1204").exitCode()).isZero();
    assertThat(shell.run("explain", "CAP-0000").exitCode()).isEqualTo(3);
    assertThat(shell.run("explain", "E42").exitCode()).isEqualTo(2);
  }

  @Test
  void theCompletionKnowsEveryCommand() {
    String script = shell.run("completion", "bash").out();

    for (Commands.Entry entry : Commands.ALL) {
      assertThat(script).contains(entry.name());
    }
    for (String pair : Commands.PAIRS) {
      assertThat(script).contains("_picocli_capstan_" + pair.replace(" ", "_").replace("-", ""));
    }
  }

  @Test
  void theHelpOfEventsTellsBothOfItsWords() {
    Shell.Result help = shell.run("events", "--help");

    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).contains("capstan events publish", "capstan events follow");
    assertThat(shell.run("events").err()).contains("see capstan events --help");
  }

  @Test
  void anEventNeedsAType() {
    Shell.Result result = shell.run("events", "publish", "--server", "http://127.0.0.1:9");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("an event needs a type");
  }

  @Test
  void secretsForARunByAServerAreRefused() {
    Shell.Result result =
        shell.run("run", "hello.yaml", "--server", "http://127.0.0.1:9", "--secrets", "s.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--secrets has no effect");
  }
}
