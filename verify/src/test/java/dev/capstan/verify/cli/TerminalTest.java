package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person at a terminal sees; {@code script} plays the terminal. */
class TerminalTest {
  private static final Path SCRIPT = Path.of("/usr/bin/script");

  @TempDir Path directory;

  @BeforeEach
  void writeDefinition() throws IOException {
    assumeTrue(Files.isExecutable(SCRIPT), "needs script, which plays a terminal");
    Files.writeString(
        directory.resolve("steps.yaml"),
        """
        document: { dsl: '1.0.3', namespace: test, name: steps, version: '1.0.0' }
        do:
          - greet: { set: { message: hello } }
          - nap: { wait: { milliseconds: 300 } }
          - work: { run: { shell: { command: 'echo worked' } } }
          - fetch:
              try:
                - call: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:9/' } }
              catch: { do: [ { instead: { set: { done: true } } } ] }
        """);
  }

  private Ended onATerminal(Shell shell) {
    String command =
        "stty cols 80 rows 30; "
            + Stream.concat(Shell.program().stream(), Stream.of("run", "steps.yaml", "--id", "s1"))
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" "));
    try (Started started =
        shell
            .with("TERM", "xterm")
            .launch(
                List.of(
                    SCRIPT.toString(), "--quiet", "--return", "--command", command, "/dev/null"))) {
      return started.awaitEnd();
    }
  }

  @Test
  void theTreeShowsStateDurationAndNodeOfEachTaskAndThenTheOutput() {
    Ended run = onATerminal(Shell.in(directory));

    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.out()).contains("starting the engine", "\u001b[32m✔\u001b[0m");
    List<String> last = lastFrame(run.out());
    assertThat(last.get(0)).matches("✔ steps +completed  .* · s1");
    assertThat(last.get(1)).matches("  ✔ greet +completed  .*");
    assertThat(last.get(2)).matches("  ✔ nap +completed  [0-9.]+ m?s");
    assertThat(last.get(3)).matches("  ✔ work +completed  .* · on local-1");
    assertThat(last.get(4)).matches("  ✔ fetch +completed  .*");
    assertThat(last.get(5)).matches("    ✘ call +faulted .* on local-1");
    assertThat(last.get(6)).contains("communication 500: GET http://127.0.0.1:9/ failed");
    assertThat(last).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    assertThat(last).endsWith("{", "  \"done\": true", "}");
    assertThat(run.out()).as("nothing is asked of the terminal").doesNotContain("\u001b[c");
  }

  @Test
  void withNoColorAndWithoutUnicodeEverythingIsStillSaid() {
    Ended run = onATerminal(Shell.in(directory).with("NO_COLOR", "1").with("LC_ALL", "C"));

    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.out()).doesNotContain("\u001b[32m").doesNotContain("✔");
    assertThat(lastFrame(run.out()).get(0)).matches("\\+ steps +completed  .*, s1");
  }

  /** The lines that stay, without colours. */
  private static List<String> lastFrame(String screen) {
    String[] frames = screen.split("\u001b\\[\\d+A");
    return frames[frames.length - 1]
        .replaceAll("\u001b\\[[0-9;]*[a-zA-Z]", "")
        .replace("\r", "")
        .lines()
        .toList();
  }
}
