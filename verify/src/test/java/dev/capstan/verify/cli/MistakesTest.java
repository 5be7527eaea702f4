package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people get wrong, and what they are told: what, where, what to do, and the exit code. */
class MistakesTest {
  private static final String HEAD =
      "document: { dsl: '1.0.3', namespace: test, name: mistakes, version: '1.0.0' }\n";

  @TempDir Path directory;
  private Shell shell;

  @BeforeEach
  void openShell() throws IOException {
    shell = Shell.in(directory);
    define("hello.yaml", "do:\n  - greet: { set: { message: hello } }\n");
  }

  private void define(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), HEAD + text);
  }

  private static void assertMisuse(Ended ended, String... words) {
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).contains(words).doesNotContain("\tat ").doesNotContain("Exception");
  }

  @Test
  void textThatIsNoYamlIsShownWithItsPlace() throws IOException {
    define("broken.yaml", "do:\n  - a: { set: { x: 1 }\n  - b: { set: { y: 2 } }\n");

    assertMisuse(
        shell.run("run", "broken.yaml"),
        "error CAP-1002",
        "broken.yaml:4:",
        "is not a valid definition: 1 error");
    assertThat(directory.resolve(".capstan")).doesNotExist();
  }

  @Test
  void aWrongPropertyIsShownWithLineColumnAllowedNamesAndTheNearest() throws IOException {
    define(
        "wrong.yaml",
        """
        do:
          - a: { run: { shel: { command: 'true' } }, then: c }
          - b: { wait: { secnds: 1 } }
        """);

    assertMisuse(
        shell.run("run", "wrong.yaml"),
        "error CAP-1101: unknown property \"shel\" in run",
        "wrong.yaml:3:17",
        "allowed here: await, return, container, script, shell, workflow",
        "did you mean \"shell\"?",
        "error CAP-1204: no task of this list is called \"c\"",
        "wrong.yaml:3:",
        "did you mean \"seconds\"?",
        "3 errors");
  }

  @Test
  void commandsAndOptionsThatDoNotExistGetTheNearestOnes() {
    assertMisuse(
        shell.run("histroy", "e1"), "there is no command \"histroy\"", "did you mean \"history\"?");
    assertMisuse(
        shell.run("run", "hello.yaml", "--inptu", "{}"),
        "unknown option \"--inptu\"",
        "did you mean --input");
    assertMisuse(shell.run("run"), "missing required parameter: 'FILE'", "capstan run --help");
  }

  @Test
  void filesAndInputsThatCannotBeReadAreNamed() throws IOException {
    Files.writeString(directory.resolve("input.json"), "{ \"a\": 1,\n  b }");

    assertMisuse(shell.run("run", "helo.yaml"), "there is no file helo.yaml", directory.toString());
    assertMisuse(
        shell.run("run", "hello.yaml", "--input", "@input.json"),
        "input.json is not JSON (line 2, column 3)");
    assertMisuse(shell.run("run", "hello.yaml", "--input", "@nothing"), "there is no file nothing");
  }

  @Test
  void anInputThatBreaksTheSchemaFaultsTheExecutionWithEveryFault() throws IOException {
    define(
        "strict.yaml",
        """
        input:
          schema:
            document: { type: object, required: [ lines ], properties: { priority: { enum: [ high, low ] } } }
        do:
          - greet: { set: { message: hello } }
        """);

    Ended run = shell.run("run", "strict.yaml", "--input", "{\"priority\":\"none\"}");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("faulted:", "(validation, status 400)", "/priority", "high", "low", "'lines'");
  }

  @Test
  void aTaskThatFailsEndsTheRunWithItsReason() throws IOException {
    define(
        "failing.yaml",
        "do:\n  - build: { run: { shell: { command: 'echo no tool >&2; exit 3' } } }\n");

    Ended run = shell.run("run", "failing.yaml");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("faulted: Program failed", "  at /do/0/build", "Exit code 3: no tool");
  }

  @Test
  void aTaskThatFailsForEverIsRetriedForEverAndSaysWhy() throws IOException {
    define(
        "forever.yaml",
        """
        do:
          - again:
              try:
                - call: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:9/' } }
              catch: { retry: { delay: { milliseconds: 50 } } }
        """);
    try (Started run = shell.start("run", "forever.yaml", "--id", "forever")) {
      run.awaitTalk("task.retried         again  attempt 4");

      assertThat(run.interrupt().exitCode()).isEqualTo(130);
      assertThat(run.err())
          .contains("connection refused", "goes on with: capstan run forever.yaml");
    }
  }

  @Test
  void aServerThatIsNotThereIsSaidWithAWayOut() {
    Ended list = shell.run("list", "--server", "http://127.0.0.1:9");

    assertThat(list.exitCode()).isEqualTo(6);
    assertThat(list.err())
        .contains("error CAP-6004: no connection to http://127.0.0.1:9", "capstan dev");
  }

  @Test
  void aPortThatIsTakenIsSaidWithTheProcessThatHasIt() throws IOException {
    assumeTrue(Files.isReadable(Path.of("/proc/net/tcp")), "only Linux tells who has a port");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      String me = "process " + ProcessHandle.current().pid();

      for (String option : List.of("--port", "--grpc-port")) {
        String other = option.equals("--port") ? "--grpc-port" : "--port";
        Ended dev = shell.run("dev", option, port, other, "auto");

        assertThat(dev.exitCode()).as(dev.err()).isEqualTo(4);
        assertThat(dev.err())
            .contains("Port " + port + " on 127.0.0.1 is taken by", me, "capstan dev --port auto");
      }
    }
  }

  @Test
  void aDataDirectoryThatIsInUseIsSaidWithTheProcessThatUsesIt() throws IOException {
    define("sleep.yaml", "do:\n  - sleep: { wait: { minutes: 10 } }\n");
    try (Started first = shell.start("run", "sleep.yaml", "--id", "first")) {
      first.awaitTalk("task.started");

      Ended second = shell.run("run", "hello.yaml");

      assertThat(second.exitCode()).isEqualTo(4);
      assertThat(second.err())
          .contains(
              "Process " + first.pid() + " uses the data directory " + directory, "--data DIR");
      assertThat(first.isAlive()).isTrue();
    }
  }

  @Test
  void aDataDirectoryThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));

    assertMisuse(
        shell.run("run", "hello.yaml", "--data", "file"),
        "can't write to the data directory " + file + ": it is a file, not a directory",
        "--data DIR");
    assertMisuse(
        shell.run("dev", "--port", "auto", "--data", "file/data"),
        "can't write to the data directory " + file.resolve("data"));
  }

  @Test
  void withoutMavenTheLauncherSaysWhatToInstall() throws IOException {
    Path root = Files.createDirectories(directory.resolve("checkout"));
    Path launcher = Files.copy(launcher(), root.resolve("capstan"));

    try (Started started =
        shell
            .with("PATH", toolsWithoutJavaAndMaven().toString())
            .with("CAPSTAN_JAVA_HOME", System.getProperty("java.home"))
            .launch(List.of("/bin/sh", launcher.toString(), "version"))) {
      assertMisuse(started.awaitEnd(), "error CAP-8002", "Maven 3.8.7 or newer");
    }
    assertThat(root.resolve("cli/target/building")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.5g", "2", "much", "32m", "g"})
  void aHeapOfNoSizeIsRefusedBeforeAnythingIsBuilt(String heap) throws IOException {
    Path root = Files.createDirectories(directory.resolve("checkout"));
    Path launcher = Files.copy(launcher(), root.resolve("capstan"));

    try (Started started =
        shell
            .with("CAPSTAN_HEAP", heap)
            .with("CAPSTAN_JAVA_HOME", System.getProperty("java.home"))
            .launch(List.of("/bin/sh", launcher.toString(), "version"))) {
      assertMisuse(
          started.awaitEnd(),
          "error CAP-8004: CAPSTAN_HEAP is '" + heap + "'",
          "such as 512m or 2g");
    }
    assertThat(root.resolve("cli")).doesNotExist();
  }

  /** The places where systems keep their JDKs are hidden from the launcher alone. */
  @Test
  void withoutJdk25TheLauncherSaysWhereItLookedAndWhatToInstall() throws IOException {
    try (Started unshare = shell.launch(List.of("unshare", "--mount", "true"))) {
      assumeTrue(unshare.awaitEnd().exitCode() == 0, "needs the right to unshare mounts");
    }
    Path root = Files.createDirectories(directory.resolve("checkout"));
    Path launcher = Files.copy(launcher(), root.resolve("capstan"));
    String hidden =
        "for d in /usr/lib/jvm /usr/java /opt; do [ ! -d $d ] || mount -t tmpfs none $d; done;"
            + " PATH=$TOOLS exec /bin/sh \"$1\" version";

    try (Started started =
        shell
            .with("HOME", directory.toString())
            .with("TOOLS", toolsWithoutJavaAndMaven().toString())
            .launch(List.of("unshare", "--mount", "sh", "-c", hidden, "sh", launcher.toString()))) {
      assertMisuse(
          started.awaitEnd(), "error CAP-8001: no JDK 25 found", "export CAPSTAN_JAVA_HOME=");
    }
  }

  private Path toolsWithoutJavaAndMaven() throws IOException {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    for (String tool :
        List.of(
            "dirname",
            "find",
            "head",
            "mkdir",
            "cat",
            "rm",
            "date",
            "sleep",
            "stty",
            "sed",
            "grep",
            "readlink")) {
      Path stand =
          Files.writeString(bin.resolve(tool), "#!/bin/sh\nexec /usr/bin/" + tool + " \"$@\"\n");
      assertThat(stand.toFile().setExecutable(true)).isTrue();
    }
    return bin;
  }

  private static Path launcher() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("capstan"))) {
      folder = Objects.requireNonNull(folder.getParent(), "the repository's root has the launcher");
    }
    return folder.resolve("capstan");
  }

  @Test
  void anotherNumberOfPartitionsThanTheClusterHasIsSaidAtTheStart() throws IOException {
    List<String> place =
        List.of(
            "--config=node.yaml",
            "--name=c1",
            "--bind=127.0.0.1",
            "--http-port=auto",
            "--grpc-port=auto",
            "--peer-port=auto");
    partitions(2);
    Ended made = shell.run(words(List.of("cluster", "init", "--no-start"), place));
    assertThat(made.exitCode()).as(made.err()).isZero();

    partitions(3);
    try (Started server = shell.start(words(List.of("server"), place))) {
      server.awaitTalk("is ready");
      assertThat(server.err())
          .containsOnlyOnce(
              "warning: consensus.partitions is 3: the state of this cluster is in 2");
    }
    partitions(2);
    try (Started server = shell.start(words(List.of("server"), place))) {
      server.awaitTalk("is ready");
      assertThat(server.err()).doesNotContain("warning");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"server", "worker"})
  void aNetworkInterfaceThatTheMachineDoesNotHaveIsSaidBeforeAnythingIsMade(String command)
      throws IOException {
    String here =
        Objects.requireNonNull(NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress()))
            .getName();
    Files.writeString(
        directory.resolve("node.yaml"),
        """
        distributed_workflow_engine:
          node_discovery:
            protocol: mdns
            interfaces: [%s, nosuch0]
        """
            .formatted(here));

    assertMisuse(
        shell.run(command, "--config", "node.yaml", "--data", "data", "--name", "n1"),
        "error: CAP-8102: item 2 of \"interfaces\" is no network interface of this machine: the text \"nosuch0\"",
        "node.yaml:4:",
        "= allowed: ",
        here);
    assertThat(directory.resolve("data")).doesNotExist();
  }

  private void partitions(int count) throws IOException {
    Files.writeString(
        directory.resolve("node.yaml"),
        "distributed_workflow_engine: { consensus: { partitions: " + count + " } }\n");
  }

  private static String[] words(List<String> first, List<String> then) {
    return Stream.concat(first.stream(), then.stream()).toArray(String[]::new);
  }
}
