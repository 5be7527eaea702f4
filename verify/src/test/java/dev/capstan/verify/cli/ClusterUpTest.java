package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code capstan cluster up}: what the README's chapter about clusters does. */
class ClusterUpTest {
  private static final Pattern PROCESS =
      Pattern.compile("(\\w+) (?:serves|works).*, process (\\d+)");
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path directory;

  @Test
  void aClusterOnThisMachineSurvivesAKillAndStopsWithCtrlC() throws IOException {
    Shell shell = Shell.in(directory).with("CAPSTAN_WARM_UP", "on");
    Files.writeString(
        directory.resolve("hello.yaml"),
        """
        document: { dsl: '1.0.3', namespace: test, name: hello, version: '1.0.0' }
        do:
          - greet: { run: { shell: { command: 'echo hello' } } }
        """);
    try (Started up =
        shell.start("cluster", "up", "--local", "3", "--workers", "2", "--partitions", "2")) {
      up.awaitTalk("The cluster is up");
      up.awaitTalk("leads; w1 active, w2 active");
      Shell user =
          shell.with(
              "CAPSTAN_CREDENTIAL",
              directory.resolve(".capstan-cluster/admin.credential").toString());
      Ended run = user.run("run", "hello.yaml");
      assertThat(run.exitCode()).as(run.err()).isZero();
      Ended nodes = shell.run("nodes");
      assertThat(nodes.exitCode()).as(nodes.err()).isZero();
      assertThat(nodes.out()).contains("w1", "w2");
      List<ProcessHandle> processes = processes(up.err());
      assertThat(processes).hasSize(5).allMatch(ProcessHandle::isAlive);
      whoLeadsNothingWarmsUp();

      // The first coordinator has led since the others joined.
      assertThat(processes.getFirst().destroyForcibly()).isTrue();
      up.awaitUntil(
          "another leads", () -> up.err().contains("c2 leads") || up.err().contains("c3 leads"));
      Ended again = user.run("run", "hello.yaml");
      assertThat(again.exitCode()).as(again.err()).isZero();

      Ended twice = shell.run("cluster", "up", "--local", "3", "--workers", "2");
      assertThat(twice.exitCode()).as(twice.err()).isEqualTo(1);
      assertThat(twice.err()).contains("did not start", "printed.log says why");

      Ended ended = up.interrupt();
      assertThat(ended.err()).contains("stopped; nothing is lost");
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(processes).noneMatch(ProcessHandle::isAlive));
    }
    Ended fewer = shell.run("cluster", "up", "--local", "1");
    assertThat(fewer.exitCode()).as(fewer.err()).isEqualTo(2);
    assertThat(fewer.err()).contains("has 3 coordinators, not 1", "--local 3");
    Ended divided = shell.run("cluster", "up", "--partitions", "3");
    assertThat(divided.exitCode()).as(divided.err()).isEqualTo(2);
    assertThat(divided.err()).contains("is in 2 partitions for ever, not 3");
  }

  /**
   * Two partitions have two leaders at most, and any coordinator may be one of them. What is run
   * for nobody leaves no words and no files.
   */
  private void whoLeadsNothingWarmsUp() throws IOException {
    List<Path> all =
        Stream.of("c1", "c2", "c3").map(directory.resolve(".capstan-cluster")::resolve).toList();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(all)
                .anySatisfy(each -> assertThat(log(each)).contains("Warmed up for leading")));
    for (Path each : all) {
      if (log(each).contains("Warmed up for leading")) {
        assertThat(each.resolve("warm-up")).doesNotExist();
        assertThat(log(each)).containsOnlyOnce("is ready after").doesNotContain("/warm-up");
      }
    }
  }

  private static String log(Path data) throws IOException {
    return Files.readString(data.resolve("capstan.log.0"));
  }

  private static List<ProcessHandle> processes(String talk) {
    Matcher matcher = PROCESS.matcher(talk);
    return matcher
        .results()
        .map(each -> ProcessHandle.of(Long.parseLong(each.group(2))).orElseThrow())
        .toList();
  }
}
