package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.Limits;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DSL reference, MCP call, of servers that are programs of the node. */
class McpStdioTest {

  private static final String ERRORS = "https://open-workflow-specification.org/spec/1.0.0/errors/";

  private static final int LIMIT = 100_000;

  /** Does what its first argument says when it is asked for more than its greeting. */
  private static final String SERVER =
      """
      import json, os, subprocess, sys, time

      def say(message):
          sys.stdout.write(json.dumps(message) + "\\n")
          sys.stdout.flush()

      mode = sys.argv[1]
      heard = []
      for line in sys.stdin:
          message = json.loads(line)
          heard.append(message)
          if message.get("method") == "initialize":
              say({"jsonrpc": "2.0", "id": message["id"], "result": {"protocolVersion": "2025-06-18"}})
          elif message.get("method") is None or message.get("id") is None:
              continue
          elif mode == "echo":
              say({"jsonrpc": "2.0", "id": message["id"], "result": {
                  "heard": heard, "words": sys.argv[2:], "fruit": os.environ.get("FRUIT"),
                  "task": os.environ.get("CAPSTAN_TASK")}})
          elif mode == "chatty":
              print("Welcome!", flush=True)
              print("a log", file=sys.stderr, flush=True)
              say({"jsonrpc": "2.0", "method": "notifications/message"})
              say({"jsonrpc": "2.0", "id": "q", "method": "ping"})
              heard.append(json.loads(sys.stdin.readline()))
              say({"jsonrpc": "2.0", "id": message["id"], "result": {"heard": heard[-1]}})
          elif mode == "error":
              say({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "no such thing"}})
          elif mode == "die":
              print("the reason", file=sys.stderr, flush=True)
              sys.exit(3)
          elif mode == "flood":
              sys.stdout.write("x" * 300000 + "\\n")
              sys.stdout.flush()
              time.sleep(1000)
          elif mode == "deaf":
              child = subprocess.Popen(["sleep", "1007"])
              print(os.getpid(), child.pid, file=sys.stderr, flush=True)
              time.sleep(1000)
          elif mode == "stay":
              child = subprocess.Popen(["sleep", "1008"])
              say({"jsonrpc": "2.0", "id": message["id"], "result": {"pids": [os.getpid(), child.pid]}})
              time.sleep(1000)
      """;

  @TempDir Path directory;

  private Path script;
  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    boolean python =
        Stream.of(Pattern.compile(Pattern.quote(File.pathSeparator)).split(System.getenv("PATH")))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "python3")));
    Assumptions.assumeTrue(python, "there is no python3 on this machine");
    script = Files.writeString(directory.resolve("server.py"), SERVER);
    Limits limits =
        Limits.ofDefaults().withProcessOutputBytes(LIMIT).withKillGrace(Duration.ofMillis(300));
    cluster = Cluster.start(directory, new FakeCoordinator(), options -> options.limits(limits));
  }

  @AfterEach
  void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private ObjectNode arguments(String mode) {
    ObjectNode arguments = Json.object().put("method", "tools/list");
    ObjectNode stdio = arguments.putObject("transport").putObject("stdio");
    stdio.put("command", "python3");
    stdio.putArray("arguments").add(script.toString()).add(mode);
    return arguments;
  }

  private static ObjectNode stdio(ObjectNode arguments) {
    return (ObjectNode) arguments.path("transport").path("stdio");
  }

  private JsonNode call(ObjectNode arguments) throws IOException {
    return cluster.output("call:mcp:stdio", arguments.toString());
  }

  private Fault failing(ObjectNode arguments) {
    return cluster.fault("call:mcp:stdio", arguments.toString());
  }

  private Dispatch send(ObjectNode arguments) {
    Dispatch dispatch = cluster.coordinator().dispatch("call:mcp:stdio", arguments.toString());
    cluster.coordinator().session(0).send(dispatch);
    return dispatch;
  }

  private String shown(Dispatch dispatch, OutputChunk.Stream stream) {
    return cluster.coordinator().session(0).output(dispatch.getToken(), stream);
  }

  @Test
  void aProgramIsInitializedAndAsked() throws Exception {
    ObjectNode arguments = arguments("echo");
    arguments.putObject("parameters").put("cursor", "Ünd\nso");

    JsonNode heard = call(arguments).path("heard");

    assertThat(heard.findValuesAsText("method"))
        .containsExactly("initialize", "notifications/initialized", "tools/list");
    assertThat(heard.path(2).path("params").path("cursor").textValue()).isEqualTo("Ünd\nso");
  }

  @Test
  void itHasItsArgumentsAndTheEnvironmentOfTheDefinitionAndTheAttempt() throws Exception {
    ObjectNode arguments = arguments("echo");
    ((ArrayNode) stdio(arguments).path("arguments")).add("a b").add("$HOME");
    stdio(arguments).putObject("environment").put("FRUIT", "fig");

    JsonNode output = call(arguments);

    assertThat(output.path("words").toString()).isEqualTo("[\"a b\",\"$HOME\"]");
    assertThat(output.path("fruit").textValue()).isEqualTo("fig");
    assertThat(output.path("task").textValue()).isEqualTo("task");
  }

  @Test
  void otherMessagesAreSkippedQuestionsAnsweredAndTheRestIsShown() {
    Dispatch dispatch = send(arguments("chatty"));
    Report report = cluster.coordinator().report(dispatch.getToken());

    assertThat(report.getOutput().toStringUtf8())
        .isEqualTo("{\"heard\":{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"result\":{}}}");
    assertThat(shown(dispatch, OutputChunk.Stream.STDERR)).isEqualTo("a log\n");
    assertThat(shown(dispatch, OutputChunk.Stream.STDOUT)).isEqualTo("Welcome!\n");
  }

  @Test
  void anErrorIsARuntimeErrorWithItsCode() {
    Fault fault = failing(arguments("error"));

    assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
    assertThat(fault.getTitle()).isEqualTo("MCP error -32601");
    assertThat(fault.getDetail()).isEqualTo("tools/list failed: no such thing");
  }

  @Test
  void aProgramThatEndsEarlyIsARuntimeErrorWithItsCodeAndLastWords() {
    Fault fault = failing(arguments("die"));

    assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
    assertThat(fault.getTitle()).isEqualTo("Program failed");
    assertThat(fault.getDetail()).contains("exit code 3").endsWith("the reason");
  }

  @Test
  void aProgramThatIsNotThereIsARuntimeErrorThatNamesIt() {
    ObjectNode arguments = arguments("echo");
    stdio(arguments).put("command", "no-such-program");

    Fault fault = failing(arguments);

    assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
    assertThat(fault.getTitle()).isEqualTo("Program not started");
    assertThat(fault.getDetail()).contains("no-such-program");
  }

  @Test
  void aProgramIsRequired() {
    ObjectNode arguments = arguments("echo");
    stdio(arguments).remove("command");

    Fault fault = failing(arguments);

    assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
    assertThat(fault.getDetail()).contains("'command' is required");
  }

  @Test
  void aLineThatIsTooLongEndsItAndNamesTheLimit() {
    Fault fault = failing(arguments("flood"));

    assertThat(fault.getType()).isEqualTo(ERRORS + "runtime");
    assertThat(fault.getTitle()).isEqualTo("Output too large");
    assertThat(fault.getDetail()).contains(LIMIT + " bytes");
  }

  @Test
  void whatItHasStartedIsEndedWithIt() throws Exception {
    JsonNode pids = call(arguments("stay")).path("pids");

    assertThat(pids).hasSize(2).allSatisfy(pid -> assertThat(gone(pid.longValue())).isTrue());
  }

  /** Which leaves the program the time that a busy machine takes to start it. */
  @Test
  void aTimeoutEndsTheProgramAndItsChildrenAndIsATimeoutError() {
    ObjectNode arguments = arguments("deaf").put("timeout", "PT10S");
    Dispatch dispatch = send(arguments);
    Fault fault = cluster.coordinator().report(dispatch.getToken()).getFault();

    assertThat(fault.getType()).isEqualTo(ERRORS + "timeout");
    assertThat(started(dispatch).toList()).hasSize(2).allMatch(McpStdioTest::gone);
  }

  @Test
  void cancellingEndsTheProgramAndItsChildren() {
    Dispatch dispatch = send(arguments("deaf"));
    Awaitility.await()
        .atMost(FakeCoordinator.PATIENCE)
        .until(() -> shown(dispatch, OutputChunk.Stream.STDERR).endsWith("\n"));

    cluster.coordinator().session(0).cancel(dispatch.getToken());

    assertThat(cluster.coordinator().report(dispatch.getToken()).hasCancelled()).isTrue();
    assertThat(started(dispatch).toList()).hasSize(2).allMatch(McpStdioTest::gone);
  }

  @Test
  void aProgramThatDoesNotReadCanBeCancelled() throws Exception {
    ObjectNode arguments = arguments("echo");
    stdio(arguments).put("command", "sleep").putArray("arguments").add("1009");
    arguments.putObject("client").put("name", "x".repeat(1_000_000)).put("version", "1");
    Dispatch dispatch = send(arguments);
    Awaitility.await()
        .atMost(FakeCoordinator.PATIENCE)
        .until(() -> ProcessHandle.current().descendants().anyMatch(McpStdioTest::isTheSleeper));

    cluster.coordinator().session(0).cancel(dispatch.getToken());

    assertThat(cluster.coordinator().report(dispatch.getToken()).hasCancelled()).isTrue();
    assertThat(ProcessHandle.current().descendants()).noneMatch(McpStdioTest::isTheSleeper);
  }

  @Test
  void aNodeMayCallServersAndStartNone() throws IOException {
    try (Cluster other =
        Cluster.start(
            directory.resolve("other"),
            new FakeCoordinator(),
            options -> options.builtIns(EnumSet.of(BuiltIn.MCP)))) {
      assertThat(other.coordinator().session(0).messages().getFirst().getHello().getKindsList())
          .containsExactly("call:mcp");
    }
  }

  private Stream<Long> started(Dispatch dispatch) {
    return Pattern.compile("\\s+")
        .splitAsStream(shown(dispatch, OutputChunk.Stream.STDERR))
        .map(Long::valueOf);
  }

  private static boolean isTheSleeper(ProcessHandle process) {
    return process.isAlive() && process.info().commandLine().orElse("").endsWith("sleep 1009");
  }

  /** A zombie is gone, too: it only waits for a parent that may never ask. */
  private static boolean gone(long pid) {
    try {
      String status = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
      return status.substring(status.lastIndexOf(')')).startsWith(") Z");
    } catch (IOException e) {
      return ProcessHandle.of(pid).isEmpty();
    }
  }
}
