package dev.capstan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line says of a node is looked at like a configuration. */
class NodeOptionsTest {
  @TempDir Path directory;
  private Shell shell;

  @BeforeEach
  void open() {
    shell = new Shell(directory, Map.of());
  }

  private Shell.Result init(String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("cluster", "init", "--no-start", "--name", "c1"));
    arguments.addAll(List.of(options));
    return shell.run(arguments.toArray(String[]::new));
  }

  private void assertMisuse(Shell.Result result, String... said) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(2);
    assertThat(result.err()).contains(said).doesNotContain("CAP-9001");
    assertThat(directory.resolve(".capstan/security")).doesNotExist();
  }

  @Test
  void addressesAtWhichNobodyCanBeReachedAreRefused() {
    assertMisuse(init("--bind", "300.1.1.1"), "--bind is \"300.1.1.1\"", "0.0.0.0 or ::");
    assertMisuse(init("--advertise", "0.0.0.0"), "--advertise is \"0.0.0.0\"", "other machines");
    assertMisuse(init("--advertise", "::"), "--advertise is \"::\"");
    assertMisuse(init("--advertise", "foo bar"), "--advertise is \"foo bar\"");
  }

  @Test
  void aHostThatNoCertificateCanNameIsRefusedBeforeAnythingIsMade() {
    assertMisuse(init("--advertise", "my_host"), "at my_host", "letters, digits, hyphens and dots");
  }

  @Test
  void portsThatAreTheSameAreRefused() throws IOException {
    assertMisuse(init("--http-port", "7481"), "are 7481, 7481 and 7482", "a port of its own");
    Files.writeString(
        directory.resolve("node.yaml"),
        "distributed_workflow_engine: { node: { http_port: 9000 } }\n");
    assertMisuse(init("--config", "node.yaml", "--peer-port", "9000"), "are 9000, 7481 and 9000");
  }

  @Test
  void whatANodeCountsItselfIsNoLabel() {
    for (String counted : List.of("cpu=4", "memory=1GiB", "disk=")) {
      assertMisuse(
          shell.run("worker", "--label", "zone=a", "--label", counted),
          "--label has \"" + counted + "\", which is no label: each node counts that itself",
          "not cpu, memory or disk");
    }
    assertMisuse(
        shell.run("worker", "--label", "my zone=a"),
        "--label has \"my zone=a\", which is no name of a label");
    assertMisuse(
        shell.run("worker", "--label", "zone="), "--label has \"zone=\", which is no label");
  }

  @Test
  void aConfigurationThatIsNotThereIsNoFaultOfTheProgram() {
    assertMisuse(init("--config", "none.yaml"), "none.yaml can't be read: it is not there");
    assertMisuse(init("--config", "."), "can't be read: Is a directory");
  }

  @Test
  void whatIsWrongInAConfigurationIsSaidOnce() throws IOException {
    Files.writeString(
        directory.resolve("node.yaml"), "distributed_workflow_engine: { nod: { name: c1 } }\n");

    Shell.Result result = init("--config", "node.yaml");

    assertMisuse(result, "did you mean \"node\"?");
    assertThat(result.err()).startsWith("error: CAP-8101: unknown key \"nod\"");
  }

  /** A limit of five is then a limit of fifteen. */
  @Test
  void whatLimitsCountInIsToldWhereThatIsNotTheCluster() throws IOException {
    Path several = directory.resolve("several.yaml");
    Files.writeString(several, "distributed_workflow_engine: { consensus: { partitions: 3 } }\n");
    Path one = directory.resolve("one.yaml");
    Files.writeString(one, "distributed_workflow_engine: { consensus: { partitions: 1 } }\n");

    Shell.Result made = init("--data", "several", "--config", several.toString());

    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(made.err()).contains("partitions   3, for ever; limits by key count within each");
    assertThat(init("--data", "one", "--config", one.toString()).err())
        .doesNotContain("partitions");
  }

  @Test
  void howToStartTheCoordinatorIsToldWithWhatWasSaid() {
    Shell.Result result =
        init("--bind", "127.0.0.1", "--data", "first", "--http-port", "9000", "--seeds", "h:1");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("capstan server --data first --bind 127.0.0.1 --http-port 9000 --seeds h:1\n");
  }
}
