package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.executor.Limits;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DSL reference, Shell Process and the properties of Run. */
class ShellTest {

  private static final String RUNTIME =
      "https://open-workflow-specification.org/spec/1.0.0/errors/runtime";

  private static final String CONFIGURATION =
      "https://open-workflow-specification.org/spec/1.0.0/errors/configuration";

  private static final int OUTPUT_LIMIT = 100_000;

  @TempDir Path directory;

  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    cluster = cluster(Duration.ofMillis(300));
  }

  private Cluster cluster(Duration killGrace) throws IOException {
    Limits limits =
        Limits.ofDefaults()
            .withProcessOutputBytes(OUTPUT_LIMIT)
            .withBackgroundProcesses(2)
            .withStreaming(200_000, 100_000)
            .withKillGrace(killGrace);
    return Cluster.start(directory, new FakeCoordinator(), options -> options.limits(limits));
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private String shell(String command) throws IOException {
    return cluster.output("run:shell", "{\"command\":\"%s\"}".formatted(command)).textValue();
  }

  private JsonNode shell(String command, String more) throws IOException {
    return cluster.output("run:shell", "{\"command\":\"%s\",%s}".formatted(command, more));
  }

  @Nested
  class Command {

    @Test
    void itIsRunByAShell() throws Exception {
      assertThat(shell("echo one | tr o 0 && echo two")).isEqualTo("0ne\ntwo");
    }

    @Test
    void argumentsInAnArrayArePositional() throws Exception {
      assertThat(
              shell("echo ARGS are $1 $2 of $#", "\"arguments\":[\"Foo\",\"B ar\",7,true]")
                  .textValue())
          .isEqualTo("ARGS are Foo B ar of 4");
    }

    @Test
    void argumentsInAnObjectAreAddedToTheCommandWordForWord() throws Exception {
      assertThat(
              shell(
                      "printf '[%s]'\\n",
                      "\"arguments\":{\"--user\":\"a b; echo $HOME\",\"--flag\":null}")
                  .textValue())
          .isEqualTo("[--user][a b; echo $HOME][--flag]");
    }

    @Test
    void environmentIsTheDefinitionsOnTopOfAFewPlainVariables() throws Exception {
      String environment =
          shell("env", "\"environment\":{\"FOO\":\"bar baz\",\"N\":7}").textValue();

      assertThat(environment.lines())
          .contains(
              "FOO=bar baz",
              "N=7",
              "CAPSTAN_EXECUTION=execution",
              "CAPSTAN_TASK=task",
              "CAPSTAN_ATTEMPT=1")
          .anyMatch(line -> line.startsWith("PATH="))
          .noneMatch(line -> line.startsWith("JAVA_HOME="));
    }

    @Test
    void stdinIsWhatTheDefinitionSaysAndEmptyOtherwise() throws Exception {
      assertThat(
              shell("input=$(cat); echo STDIN was: $input", "\"stdin\":\"Hello World\"")
                  .textValue())
          .isEqualTo("STDIN was: Hello World");
      assertThat(shell("cat", "\"stdin\":{\"a\":1}").textValue()).isEqualTo("{\"a\":1}");
      assertThat(shell("cat; echo end")).isEqualTo("end");
    }

    @Test
    void aLargeStdinThatNobodyReadsBlocksNobody() throws Exception {
      assertThat(shell("echo done", "\"stdin\":\"%s\"".formatted("x".repeat(500_000))).textValue())
          .isEqualTo("done");
    }

    @Test
    void eachAttemptHasAnEmptyDirectoryThatIsRemoved() throws Exception {
      String where = shell("ls -A; touch file; ln -s / root; mkdir -p a/b && chmod 500 a; pwd");

      assertThat(where).startsWith(directory.toRealPath().toString());
      assertThat(Path.of(where)).doesNotExist();
      assertThat(attemptDirectories()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "{} | 'command' is required",
          "{\"command\":\" \"} | 'command' is required",
          "{\"command\":[\"ls\"]} | 'command' must be a string, not an array",
          "{\"command\":\"ls\",\"return\":\"xml\"} | stdout, stderr, code, all, none",
          "{\"command\":\"ls\",\"await\":\"no\"} | 'await' must be true or false",
          "{\"command\":\"ls\",\"arguments\":7} | 'arguments' must be an array or an object, not a number",
          "{\"command\":\"ls\",\"environment\":{\"A=B\":1}} | 'A=B', which can't be set",
          "{\"command\":\"l\\u0000s\"} | holds a NUL character",
          "not json | The arguments are not JSON",
        })
    void whatCanNotBeRunIsAConfigurationErrorThatNamesTheField(String arguments, String detail) {
      Fault fault = cluster.fault("run:shell", arguments);

      assertThat(fault.getType()).isEqualTo(CONFIGURATION);
      assertThat(fault.getStatus()).isEqualTo(400);
      assertThat(fault.getDetail()).contains(detail);
    }
  }

  @Nested
  class Return {

    private static final String BOTH = "echo out; echo; echo err >&2; exit 3";

    @Test
    void stdoutIsTheDefaultAndLosesTheLineBreaksAtItsEndOnly() throws Exception {
      assertThat(shell("printf ' a\\n\\nb \\n\\n'")).isEqualTo(" a\n\nb ");
    }

    @Test
    void jsonInTheOutputStaysAString() throws Exception {
      assertThat(shell("echo [1]")).isEqualTo("[1]");
    }

    @Test
    void stderrCodeAllAndNone() throws Exception {
      assertThat(shell("echo err >&2", "\"return\":\"stderr\"").textValue()).isEqualTo("err");
      assertThat(shell(BOTH, "\"return\":\"code\"").intValue()).isEqualTo(3);
      assertThat(shell(BOTH, "\"return\":\"all\"").toString())
          .isEqualTo("{\"code\":3,\"stdout\":\"out\",\"stderr\":\"err\"}");
      assertThat(shell("echo out", "\"return\":\"none\"").isNull()).isTrue();
    }

    @Test
    void anExitCodeOtherThan0IsARuntimeErrorWithTheCodeAndTheEndOfStderr() {
      String noise =
          "i=0; while [ $i -lt 2000 ]; do echo noise $i >&2; i=$((i+1)); done; echo the reason >&2; exit 42";

      Fault fault = cluster.fault("run:shell", "{\"command\":\"%s\"}".formatted(noise));

      assertThat(fault.getType()).isEqualTo(RUNTIME);
      assertThat(fault.getStatus()).isEqualTo(500);
      assertThat(fault.getTitle()).isEqualTo("Program failed");
      assertThat(fault.getDetail()).startsWith("Exit code 42: …").endsWith("the reason");
      assertThat(fault.getDetail().length()).isLessThan(2200);
    }

    @Test
    void aCommandThatDoesNotExistIsARuntimeErrorThatNamesIt() {
      Fault fault = cluster.fault("run:shell", "{\"command\":\"no-such-program\"}");

      assertThat(fault.getDetail()).contains("Exit code 127").contains("no-such-program");
    }

    @Test
    void bytesThatAreNoTextAreReplaced() throws Exception {
      assertThat(shell("printf '\\\\377a'")).isEqualTo("\uFFFDa");
    }
  }

  @Nested
  class Limit {

    @Test
    void moreOutputThanIsKeptKillsTheProgramAndNamesTheLimit() {
      Fault fault = cluster.fault("run:shell", "{\"command\":\"yes | head -c 5000000000\"}");

      assertThat(fault.getType()).isEqualTo(RUNTIME);
      assertThat(fault.getTitle()).isEqualTo("Output too large");
      assertThat(fault.getDetail()).contains(OUTPUT_LIMIT + " bytes").contains("standard output");
    }

    @Test
    void outputThatIsNotReturnedMayBeOfAnySize() throws Exception {
      assertThat(
              shell(
                      "head -c 300000000 /dev/zero; head -c 300000000 /dev/zero >&2",
                      "\"return\":\"code\"")
                  .intValue())
          .isZero();
    }

    @Test
    void aResultAboveTheCoordinatorsLimitIsARuntimeError() throws Exception {
      try (Cluster strict =
          Cluster.start(directory, new FakeCoordinator().maxResultBytes(100), options -> options)) {
        Fault fault =
            strict.fault("run:shell", "{\"command\":\"head -c 200 /dev/zero | tr '\\\\0' x\"}");

        assertThat(fault.getType()).isEqualTo(RUNTIME);
        assertThat(fault.getTitle()).isEqualTo("Result too large");
        assertThat(fault.getDetail())
            .isEqualTo("The result is 202 bytes of JSON; the limit is 100 bytes.");
      }
    }
  }

  @Nested
  class Shown {

    @Test
    void bothStreamsAreShownWhileTheProgramRuns() {
      Dispatch dispatch =
          send("echo first; echo problem >&2; while [ ! -e go ]; do sleep 0.01; done; printf last");
      FakeCoordinator.Stream session = cluster.coordinator().session(0);

      Awaitility.await()
          .atMost(FakeCoordinator.PATIENCE)
          .until(() ->
              session.output(dispatch.getToken(), OutputChunk.Stream.STDOUT).equals("first\n")
                  && session
                      .output(dispatch.getToken(), OutputChunk.Stream.STDERR)
                      .equals("problem\n"));
      assertThat(cluster.coordinator().find(dispatch.getToken())).isEmpty();

      letGo();
      Report report = cluster.coordinator().report(dispatch.getToken());

      assertThat(report.getOutput().toStringUtf8()).isEqualTo("\"first\\nlast\"");
      assertThat(session.output(dispatch.getToken(), OutputChunk.Stream.STDOUT))
          .isEqualTo("first\nlast");
    }

    @Test
    void whatAnAttemptShowsArrivesBeforeItsReport() {
      for (int i = 0; i < 20; i++) {
        Dispatch dispatch = send("echo number " + i);
        cluster.coordinator().report(dispatch.getToken());

        assertThat(
                cluster
                    .coordinator()
                    .session(0)
                    .output(dispatch.getToken(), OutputChunk.Stream.STDOUT))
            .isEqualTo("number " + i + "\n");
      }
    }

    @Test
    void tooMuchIsLeftOutAndTheTextSaysHowMuch() {
      Dispatch dispatch = send("yes | head -c 20000000", "\"return\":\"none\"");
      cluster.coordinator().report(dispatch.getToken());

      String shown =
          cluster.coordinator().session(0).output(dispatch.getToken(), OutputChunk.Stream.STDOUT);

      assertThat(shown)
          .startsWith("y\ny\n")
          .containsPattern("\n\\[capstan: \\d+ bytes of output left out]\n");
      assertThat(shown.length()).isLessThan(210_000);
      assertThat(cluster.worker().status().outputBytesDropped()).isGreaterThan(19_000_000);
    }

    @Test
    void manySmallWritesBecomeFewMessages() {
      Dispatch dispatch = send("i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done");
      cluster.coordinator().report(dispatch.getToken());

      FakeCoordinator.Stream session = cluster.coordinator().session(0);
      assertThat(session.output(dispatch.getToken(), OutputChunk.Stream.STDOUT))
          .endsWith("2998\n2999\n");
      assertThat(session.messages().stream().filter(message -> message.hasOutput()).count())
          .isLessThan(300);
    }
  }

  @Nested
  class Cancel {

    @Test
    void itEndsTheProgramWithoutWaitingForTheMomentToKillIt() throws IOException {
      cluster.close();
      cluster = cluster(Duration.ofHours(1));
      Dispatch dispatch = running("echo $$; sleep 1000");
      List<ProcessHandle> processes = processes(dispatch, 1);

      cancel(dispatch);

      assertThat(processes).allSatisfy(process -> assertThat(gone(process)).isTrue());
      assertThat(attemptDirectories()).isEmpty();
    }

    @Test
    void itKillsAProgramThatDoesNotWantToEnd() {
      Dispatch dispatch = running("trap '' TERM INT HUP; echo $$; while true; do sleep 0.05; done");
      List<ProcessHandle> processes = processes(dispatch, 1);

      cancel(dispatch);

      assertThat(processes).allSatisfy(process -> assertThat(gone(process)).isTrue());
    }

    @Test
    void itKillsTheWholeTreeEvenThoseWhoseParentsHaveLeft() {
      Dispatch dispatch =
          running(
              "sleep 1001 & echo $!; sh -c 'sleep 1002 & echo $!'; (setsid sh -c 'trap \\\"\\\" TERM; echo $$; while true; do sleep 0.05; done' &)"
                  + "; sleep 1003");
      List<ProcessHandle> processes = processes(dispatch, 3);

      cancel(dispatch);

      assertThat(processes).allSatisfy(process -> assertThat(gone(process)).isTrue());
    }

    @Test
    void whatAProgramLeavesBehindIsEndedWithIt() throws Exception {
      String pid = shell("sleep 1004 & echo $!");

      assertThat(ProcessHandle.of(Long.parseLong(pid)).filter(process -> !gone(process))).isEmpty();
    }

    @Test
    void anAttemptThatHasEndedIsNotDisturbed() throws Exception {
      Dispatch dispatch = send("echo ok");
      Report report = cluster.coordinator().report(dispatch.getToken());
      cluster.coordinator().session(0).cancel(dispatch.getToken());

      assertThat(report.getOutput().toStringUtf8()).isEqualTo("\"ok\"");
      assertThat(shell("echo still")).isEqualTo("still");
      assertThat(cluster.coordinator().session(0).reports()).hasSize(2);
    }

    private Dispatch running(String command) {
      return send(command);
    }

    private void cancel(Dispatch dispatch) {
      cluster.coordinator().session(0).cancel(dispatch.getToken());
      Report report = cluster.coordinator().report(dispatch.getToken());
      assertThat(report.hasCancelled()).isTrue();
    }

    private List<ProcessHandle> processes(Dispatch dispatch, int count) {
      FakeCoordinator.Stream session = cluster.coordinator().session(0);
      Awaitility.await()
          .atMost(FakeCoordinator.PATIENCE)
          .until(() ->
              session.output(dispatch.getToken(), OutputChunk.Stream.STDOUT).lines().count()
                      == count
                  && session.output(dispatch.getToken(), OutputChunk.Stream.STDOUT).endsWith("\n"));
      List<ProcessHandle> processes = new ArrayList<>();
      session
          .output(dispatch.getToken(), OutputChunk.Stream.STDOUT)
          .lines()
          .forEach(pid -> processes.add(ProcessHandle.of(Long.parseLong(pid)).orElseThrow()));
      return processes;
    }
  }

  @Nested
  class Await {

    @Test
    void withoutItTheTaskEndsAtOnceAndTheProgramGoesOn() throws Exception {
      Path file = directory.resolve("written-later");
      JsonNode output =
          shell(
              "while [ ! -e %s/go ]; do sleep 0.01; done; echo x > %s".formatted(directory, file),
              "\"await\":false");

      assertThat(output.isNull()).isTrue();
      assertThat(file).doesNotExist();

      Files.createFile(directory.resolve("go"));
      Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> Files.exists(file));
      Awaitility.await()
          .atMost(FakeCoordinator.PATIENCE)
          .until(() -> attemptDirectories().isEmpty());
    }

    @Test
    void theNumberOfSuchProgramsIsBounded() throws Exception {
      String endless = "{\"command\":\"sleep 1005\",\"await\":false}";
      cluster.output("run:shell", endless);
      cluster.output("run:shell", endless);

      Fault fault = cluster.fault("run:shell", endless);

      assertThat(fault.getType()).isEqualTo(RUNTIME);
      assertThat(fault.getTitle()).isEqualTo("Too many background programs");
      assertThat(fault.getDetail()).contains("2 programs");
    }

    @Test
    void theyAreKilledWhenTheWorkerCloses() throws Exception {
      Path pid = directory.resolve("pid");
      shell(
          "echo $$ > %s.part; mv %s.part %s; sleep 1006".formatted(pid, pid, pid),
          "\"await\":false");
      Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> Files.exists(pid));
      ProcessHandle process =
          ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
      assertThat(gone(process)).isFalse();

      cluster.worker().close();

      assertThat(gone(process)).isTrue();
    }
  }

  private Dispatch send(String command) {
    return send(command, "\"return\":\"stdout\"");
  }

  private Dispatch send(String command, String more) {
    Dispatch dispatch =
        cluster
            .coordinator()
            .dispatch("run:shell", "{\"command\":\"%s\",%s}".formatted(command, more));
    cluster.coordinator().session(0).send(dispatch);
    return dispatch;
  }

  private void letGo() {
    attemptDirectories()
        .forEach(attempt -> {
          try {
            Files.createFile(attempt.resolve("work/go"));
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }

  /** Those that are there at present: they come and go meanwhile. */
  private List<Path> attemptDirectories() {
    return children(directory.toFile())
        .flatMap(ShellTest::children)
        .filter(each -> each.getName().startsWith("attempt-"))
        .map(File::toPath)
        .toList();
  }

  private static Stream<File> children(File directory) {
    File[] children = directory.listFiles();
    return children == null ? Stream.empty() : Stream.of(children);
  }

  /** A zombie is gone, too: it only waits for a parent that may never ask. */
  private static boolean gone(ProcessHandle process) {
    try {
      String status = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "stat"));
      return status.substring(status.lastIndexOf(')')).startsWith(") Z") || !process.isAlive();
    } catch (IOException e) {
      return !process.isAlive();
    }
  }
}
