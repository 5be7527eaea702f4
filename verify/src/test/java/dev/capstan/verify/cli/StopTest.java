package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How {@code capstan dev} ends, and what is left. */
class StopTest {
  @TempDir Path directory;

  @Test
  void ctrlCStopsCleanlyAndTheNextStartGoesOn() throws IOException {
    Shell shell = Shell.in(directory);
    Files.writeString(
        directory.resolve("nap.yaml"),
        """
        document: { dsl: '1.0.3', namespace: test, name: nap, version: '1.0.0' }
        do:
          - nap: { wait: { seconds: 3 } }
          - awake: { set: { awake: true } }
        """);
    try (Started first = shell.start("dev", "--port", "auto")) {
      first.awaitTalk("  Data  ");
      assertThat(shell.run("deploy", "nap.yaml").exitCode()).isZero();
      assertThat(shell.run("start", "test/nap", "--id", "n1").out()).isEqualTo("n1\n");

      Ended stopped = first.interrupt();

      assertThat(stopped.exitCode()).isEqualTo(130);
      assertThat(stopped.err()).endsWith("stopped; nothing is lost\n").doesNotContain("error");
      assertThat(directory.resolve(".capstan/server.json")).doesNotExist();
      assertThat(shell.run("list", "--server", "http://127.0.0.1:9").exitCode()).isEqualTo(6);
    }
    try (Started second = shell.start("dev", "--port", "auto")) {
      second.awaitTalk("  Data  ");
      Ended watched = shell.run("watch", "n1");
      assertThat(watched.exitCode()).as(watched.err()).isZero();
      assertThat(watched.out()).contains("awake");

      assertThat(second.terminate().err()).endsWith("stopped; nothing is lost\n");
    }
  }
}
