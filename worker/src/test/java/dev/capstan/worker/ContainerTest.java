package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.asyncapi.Listener;
import dev.capstan.worker.container.ContainerExecutor;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run:container}, with a real engine. */
@EnabledIfContainerEngine
class ContainerTest {

  private static final String RUNTIME =
      "https://open-workflow-specification.org/spec/1.0.0/errors/runtime";
  private static final String CONFIGURATION =
      "https://open-workflow-specification.org/spec/1.0.0/errors/configuration";
  private static final String COMMUNICATION =
      "https://open-workflow-specification.org/spec/1.0.0/errors/communication";

  private static final String KIND = "run:container";
  private static final String OWNER = "node-1@here";
  private static final int OUTPUT_LIMIT = 100_000;
  private static final String ENDLESS =
      "trap 'exit 9' TERM; echo begun; while true; do sleep 0.05; done";

  private static ContainerEngine engine;

  @TempDir Path directory;
  @TempDir Path logins;

  private Cluster cluster;

  @BeforeAll
  static void startEngine(@TempDir Path store) throws IOException {
    engine = ContainerEngine.start(store);
  }

  @AfterAll
  static void endEngine() throws IOException {
    engine.close();
  }

  @BeforeEach
  void start() throws IOException {
    cluster = worker();
  }

  /** One that has found the engine, which may take a moment. */
  private Cluster worker() throws IOException {
    Cluster started = worker(executor -> executor);
    await().until(() -> started.worker().status().kinds().contains(KIND));
    return started;
  }

  private Cluster worker(UnaryOperator<Executor> as) throws IOException {
    Limits limits =
        Limits.ofDefaults()
            .withProcessOutputBytes(OUTPUT_LIMIT)
            .withBackgroundProcesses(2)
            .withKillGrace(Duration.ofSeconds(1));
    return Cluster.start(
        directory,
        new FakeCoordinator(),
        options ->
            options
                .builtIns(Set.of())
                .limits(limits)
                .lookEvery(Duration.ofMillis(20))
                .executor(
                    as.apply(
                        new ContainerExecutor(
                            List.of(engine.socket()), environment(), OWNER, limits))));
  }

  /** Of a user whose logins are in {@link #logins}, with helpers beside them. */
  private Map<String, String> environment() {
    return Map.of(
        "DOCKER_CONFIG", logins.toString(), "PATH", logins + File.pathSeparator + "/usr/bin:/bin");
  }

  @AfterEach
  void stop() {
    cluster.close();
    engine.registry().open();
    engine.clear();
  }

  private static String image(String more) {
    return "{\"image\":\"" + ContainerEngine.IMAGE + "\"," + more + "}";
  }

  private static String command(String command, String more) {
    return image("\"command\":\"" + command + "\"" + more);
  }

  private JsonNode output(String command, String more) throws IOException {
    return cluster.output(KIND, command(command, more));
  }

  private Fault fault(String command, String more) {
    return cluster.fault(KIND, command(command, more));
  }

  private Dispatch running(String command, String more) {
    Dispatch dispatch = cluster.coordinator().dispatch(KIND, command(command, more));
    cluster.coordinator().session(0).send(dispatch);
    await().until(() -> shown(dispatch).contains("begun"));
    return dispatch;
  }

  private String shown(Dispatch dispatch) {
    return cluster.coordinator().session(0).output(dispatch.getToken(), OutputChunk.Stream.STDOUT);
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(FakeCoordinator.PATIENCE).pollInterval(Duration.ofMillis(50));
  }

  /** A busy engine may take longer to remove one than the end of a task waits for. */
  private void awaitNoContainer() {
    await().until(() -> engine.containers().isEmpty());
  }

  @Nested
  class Program {

    @Test
    void aCommandIsRunByAShellWithItsArgumentsAndItsInput() throws Exception {
      String program = "input=$(cat); echo STDIN was: $input; echo ARGS are $1 $2 of $#";

      assertThat(output(program, ",\"stdin\":\"Hello World\",\"arguments\":[\"Foo\",\"B ar\"]"))
          .hasToString("\"STDIN was: Hello World\\nARGS are Foo B ar of 2\"");
      assertThat(output("cat; echo end", "").textValue()).isEqualTo("end");
    }

    @Test
    void argumentsAloneAreTheImagesCommand() throws Exception {
      assertThat(cluster.output(KIND, image("\"arguments\":[\"echo\",\"$HOME\",7]")).textValue())
          .isEqualTo("$HOME 7");
    }

    @Test
    void argumentsFollowAnImagesCommandAndReplaceThoseOfItsEntryPoint() throws Exception {
      engine.makeImage("localhost/capstan-test:cmd", "CMD [\"echo\",\"one\"]");
      engine.makeImage(
          "localhost/capstan-test:entry", "ENTRYPOINT [\"echo\",\"one\"]", "CMD [\"two\"]");

      assertThat(ofImage("cmd", "")).isEqualTo("one");
      assertThat(ofImage("cmd", ",\"arguments\":[\"three\"]")).isEqualTo("one three");
      assertThat(ofImage("entry", "")).isEqualTo("one two");
      assertThat(ofImage("entry", ",\"arguments\":[\"three\"]")).isEqualTo("one three");
      assertThat(ofImage("entry", ",\"command\":\"echo four\"")).isEqualTo("four");
    }

    private String ofImage(String tag, String more) throws IOException {
      return cluster
          .output(KIND, "{\"image\":\"localhost/capstan-test:" + tag + "\"" + more + "}")
          .textValue();
    }

    @Test
    void environmentIsTheAttemptsAndTheDefinitions() throws Exception {
      String environment =
          output("env", ",\"environment\":{\"FOO\":\"bar baz\",\"N\":7}").textValue();

      assertThat(environment.lines())
          .contains(
              "FOO=bar baz",
              "N=7",
              "CAPSTAN_EXECUTION=execution",
              "CAPSTAN_TASK=task",
              "CAPSTAN_ATTEMPT=1")
          .noneMatch(line -> line.startsWith("JAVA_HOME="));
    }

    @Test
    void aLargeInputIsReadWholeOrBlocksNobody() throws Exception {
      String large = ",\"stdin\":\"" + "x".repeat(500_000) + "\"";

      assertThat(output("cat | head -c 300000 | tail -c 3", large).textValue()).isEqualTo("xxx");
      assertThat(output("echo done", large).textValue()).isEqualTo("done");
    }

    @Test
    void whatItWritesIsShownWhileItRuns() throws Exception {
      Dispatch dispatch =
          running("echo begun; until [ -e /shared/go ]; do sleep 0.05; done; echo over", shared());
      assertThat(cluster.coordinator().find(dispatch.getToken())).isEmpty();

      Files.createFile(directory.resolve("go"));

      Report report = cluster.coordinator().report(dispatch.getToken());
      assertThat(report.getOutput().toStringUtf8()).isEqualTo("\"begun\\nover\"");
    }

    private String shared() {
      return ",\"volumes\":{\"" + directory + "\":\"/shared:ro\"}";
    }
  }

  @Nested
  class Returned {

    private static final String BOTH = "echo out; echo err >&2; exit 3";

    @Test
    void whatIsAskedFor() throws Exception {
      assertThat(output(BOTH, ",\"return\":\"all\""))
          .hasToString("{\"code\":3,\"stdout\":\"out\",\"stderr\":\"err\"}");
      assertThat(output(BOTH, ",\"return\":\"code\"").intValue()).isEqualTo(3);
      assertThat(output("echo out; echo err >&2", ",\"return\":\"stderr\"").textValue())
          .isEqualTo("err");
      assertThat(output("echo out", ",\"return\":\"none\"").isNull()).isTrue();
    }

    @Test
    void anotherExitCodeIsTheSameErrorAsThatOfAShell() {
      Fault fault = fault(BOTH, "");

      assertThat(fault.getType()).isEqualTo(RUNTIME);
      assertThat(fault.getTitle()).isEqualTo("Program failed");
      assertThat(fault.getDetail()).isEqualTo("Exit code 3: err");
    }

    @Test
    void aProgramThatWritesTooMuchIsKilled() {
      Fault fault = fault("yes", ",\"lifetime\":{\"cleanup\":\"always\"}");

      assertThat(fault.getTitle()).isEqualTo("Output too large");
      awaitNoContainer();
    }
  }

  @Nested
  class Lifetime {

    @Test
    void withoutOneTheContainerStays() throws Exception {
      output("true", ",\"name\":\"stays\"");

      assertThat(engine.containers("status=exited")).containsExactly("stays");
    }

    @Test
    void alwaysRemovesItAtOnceAlsoWhenItFailed() throws Exception {
      output("true", ",\"lifetime\":{\"cleanup\":\"always\"}");
      fault("exit 4", ",\"lifetime\":{\"cleanup\":\"always\"}");

      awaitNoContainer();
    }

    @Test
    void eventuallyRemovesItWhenTheTimeHasPassed() throws Exception {
      output(
          "true",
          ",\"name\":\"late\",\"lifetime\":{\"cleanup\":\"eventually\",\"after\":\"PT1H\"}");
      output(
          "true",
          ",\"name\":\"soon\",\"lifetime\":{\"cleanup\":\"eventually\",\"after\":\"PT1S\"}");

      await().until(() -> engine.containers().equals(List.of("late")));
    }

    @Test
    void eventuallyIsRememberedByTheNextWorkerOfTheNode() throws Exception {
      output(
          "true",
          ",\"name\":\"soon\",\"lifetime\":{\"cleanup\":\"eventually\",\"after\":\"PT15S\"}");
      assertThat(engine.containers()).containsExactly("soon");
      cluster.close();

      cluster = worker();

      awaitNoContainer();
    }
  }

  @Nested
  class End {

    @Test
    void cancellingStopsAndRemovesTheContainer() {
      Dispatch dispatch = running(ENDLESS, "");
      assertThat(engine.containers("status=running")).hasSize(1);

      cluster.coordinator().session(0).cancel(dispatch.getToken());

      assertThat(cluster.coordinator().report(dispatch.getToken()).hasCancelled()).isTrue();
      awaitNoContainer();
    }

    @Test
    void aContainerThatDoesNotWantToEndIsKilled() {
      Dispatch dispatch = running("trap '' TERM; echo begun; while true; do sleep 0.05; done", "");

      cluster.coordinator().session(0).cancel(dispatch.getToken());

      assertThat(cluster.coordinator().report(dispatch.getToken()).hasCancelled()).isTrue();
      awaitNoContainer();
    }

    @Test
    void whatAWorkerThatDiedHasLeftIsRemovedByTheNextOneOfTheNode() throws Exception {
      cluster.close();
      left("orphan", OWNER, "sleep", "1000");
      left("unborn", OWNER);
      left("foreign", "node-2@elsewhere", "sleep", "1000");
      left("done", OWNER, "true");

      cluster = worker();

      await().until(() -> engine.containers("name=orphan", "name=unborn").isEmpty());
      assertThat(engine.containers("status=running")).containsExactly("foreign");
      assertThat(engine.containers("status=exited")).containsExactly("done");
    }

    private void left(String name, String owner, String... command) {
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  command.length == 0 ? "create" : "run",
                  "--name=" + name,
                  "--label=dev.capstan.owner=" + owner,
                  "--label=dev.capstan.run=" + name));
      if (List.of(command).contains("sleep")) {
        arguments.add("--detach");
      }
      arguments.add(ContainerEngine.IMAGE);
      arguments.addAll(command.length == 0 ? List.of("true") : List.of(command));
      engine.cli(arguments.toArray(String[]::new));
    }
  }

  @Nested
  class Await {

    @Test
    void withoutItTheTaskEndsAtOnceAndTheContainerGoesOn() throws Exception {
      JsonNode output =
          output(
              "cat > /shared/said; until [ -e /shared/go ]; do sleep 0.05; done; echo x > /shared/late",
              ",\"await\":false,\"stdin\":\"hi\",\"lifetime\":{\"cleanup\":\"always\"},"
                  + "\"volumes\":{\""
                  + directory
                  + "\":\"/shared\"}");

      assertThat(output.isNull()).isTrue();
      await().until(() -> Files.exists(directory.resolve("said")));
      assertThat(engine.containers("status=running")).hasSize(1);
      Files.createFile(directory.resolve("go"));
      awaitNoContainer();
      assertThat(directory.resolve("late")).exists();
      assertThat(directory.resolve("said")).hasContent("hi");
    }

    @Test
    void theNumberOfSuchContainersIsBounded() throws Exception {
      output("sleep 1000", ",\"await\":false");
      output("sleep 1000", ",\"await\":false");

      Fault fault = fault("sleep 1000", ",\"await\":false");

      assertThat(fault.getTitle()).isEqualTo("Too many background programs");
      assertThat(fault.getDetail()).contains("2 containers");
    }

    @Test
    void theyEndWithTheWorker() throws Exception {
      output("sleep 1000", ",\"await\":false,\"name\":\"kept\"");
      output("sleep 1000", ",\"await\":false,\"lifetime\":{\"cleanup\":\"always\"}");

      cluster.worker().close();

      await().until(() -> engine.containers().equals(List.of("kept")));
      await().until(() -> engine.containers("status=exited").equals(List.of("kept")));
    }

    @Test
    void portsOfTheNodeLeadIntoTheContainer() throws Exception {
      int port = Listener.freePort();
      output(
          "echo -n hello | nc -l -p 80",
          ",\"await\":false,\"ports\":{\"127.0.0.1:" + port + "\":80}");

      await().ignoreExceptions().until(() -> read(port).equals("hello"));
    }

    private static String read(int port) throws IOException {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      }
    }
  }

  @Nested
  class Name {

    @Test
    void itIsTheDefinitions() throws Exception {
      output("true", ",\"name\":\"hello-1\"");

      assertThat(engine.containers()).containsExactly("hello-1");
    }

    @Test
    void withoutOneItIsTheRecommendedOne() throws Exception {
      output("true", "");

      assertThat(engine.containers())
          .singleElement()
          .asString()
          .matches(".*-[0-9a-f-]{36}\\..*-task");
    }

    @Test
    void oneThatIsTakenIsAnErrorAndItsHolderStays() throws Exception {
      output("true", ",\"name\":\"hello-1\"");

      Fault fault = fault("true", ",\"name\":\"hello-1\"");

      assertThat(fault.getType()).isEqualTo(RUNTIME);
      assertThat(fault.getStatus()).isEqualTo(409);
      assertThat(fault.getTitle()).isEqualTo("Container name taken");
      assertThat(fault.getDetail()).contains("'hello-1'");
      assertThat(engine.containers()).containsExactly("hello-1");
    }

    @Test
    void anEarlierAttemptOfTheSameTaskGivesItUp() throws Exception {
      Dispatch first = cluster.coordinator().dispatch(KIND, command("true", ",\"name\":\"once\""));
      Dispatch.Builder second = first.toBuilder();
      second.getTokenBuilder().setAttempt(2);
      cluster.coordinator().session(0).send(first);
      assertThat(cluster.coordinator().report(first.getToken()).hasOutput()).isTrue();

      cluster.coordinator().session(0).send(second.build());

      Report report = cluster.coordinator().report(second.getToken());
      assertThat(report.hasOutput()).as("%s", report).isTrue();
      assertThat(engine.containers()).containsExactly("once");
    }
  }

  @Nested
  class Pull {

    @Test
    void anImageThatIsMissingIsFetchedOnceAndAlwaysWhenThatIsSaid() throws Exception {
      assumeThat(engine.isOwn()).isTrue();
      String image = engine.registry().address() + "/some/tools";
      int before = engine.registry().asked();

      assertThat(hello(image, "ifNotPresent")).isEqualTo("hello");
      int once = engine.registry().asked();
      assertThat(once).isGreaterThan(before);
      assertThat(hello(image + ":latest", "ifNotPresent")).isEqualTo("hello");
      assertThat(hello(image, "never")).isEqualTo("hello");
      assertThat(engine.registry().asked()).isEqualTo(once);
      assertThat(hello(image, "always")).isEqualTo("hello");
      assertThat(engine.registry().asked()).isGreaterThan(once);
    }

    @Test
    void aRegistryThatWantsAPasswordGetsThatOfTheNodesFile() throws Exception {
      assumeThat(engine.isOwn()).isTrue();
      engine.registry().require("ann", "s3cr3t:p");
      login("{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}", base64("ann:s3cr3t:p"));

      assertThat(hello(engine.registry().address() + "/by/file", "always")).isEqualTo("hello");

      login("{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}", base64("ann:s3cr3t-wrong"));
      Fault wrong = notPulled("/by/wrong");
      login("{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}", "s3cr3t, no Base64");
      Fault broken = notPulled("/by/broken");

      assertThat(wrong.getTitle()).isEqualTo("Image not pulled");
      assertThat(wrong.getDetail()).doesNotContain("s3cr3t", base64("ann:s3cr3t-wrong"));
      assertThat(broken.getDetail()).contains("config.json is not Base64").doesNotContain("s3cr3t");
    }

    @Test
    void aRegistryThatWantsAPasswordGetsThatOfTheHelper() throws Exception {
      assumeThat(engine.isOwn()).isTrue();
      engine.registry().require("ann", "s3cr3t");
      helper(
          "read registry; test $1 = get &&"
              + " echo '{\"ServerURL\":\"'$registry'\",\"Username\":\"ann\",\"Secret\":\"s3cr3t\"}'");
      login("{\"credHelpers\":{\"%s\":\"test\"}}", "");
      assertThat(hello(engine.registry().address() + "/by/helper", "always")).isEqualTo("hello");
      login("{\"credsStore\":\"test\",\"auths\":{\"%s\":{}}}", "");
      assertThat(hello(engine.registry().address() + "/by/store", "always")).isEqualTo("hello");

      helper("echo s3cr3t; exit 0");
      assertThat(notPulled("/by/wrong").getDetail())
          .contains("docker-credential-test does not answer with JSON")
          .doesNotContain("s3cr3t");
      helper("echo s3cr3t; exit 3");
      assertThat(notPulled("/by/wrong").getDetail())
          .contains("docker-credential-test ended with 3")
          .doesNotContain("s3cr3t");
    }

    private Fault notPulled(String path) {
      return cluster.fault(
          KIND,
          "{\"image\":\"%s\",\"arguments\":[\"true\"]}"
              .formatted(engine.registry().address() + path));
    }

    private void login(String file, String login) throws IOException {
      Files.writeString(
          logins.resolve("config.json"), file.formatted(engine.registry().address(), login));
    }

    private void helper(String program) throws IOException {
      Path helper = logins.resolve("docker-credential-test");
      Files.writeString(helper, "#!/bin/sh\n" + program + "\n");
      assertThat(helper.toFile().setExecutable(true)).isTrue();
    }

    private static String base64(String text) {
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private String hello(String image, String policy) throws IOException {
      String arguments =
          "{\"image\":\"%s\",\"pullPolicy\":\"%s\",\"arguments\":[\"echo\",\"hello\"]}"
              .formatted(image, policy);
      return cluster.output(KIND, arguments).textValue();
    }
  }

  @Nested
  class Refused {

    @Test
    void anImageThatIsNotHere() {
      Fault never =
          cluster.fault(KIND, "{\"image\":\"localhost/nowhere\",\"pullPolicy\":\"never\"}");
      assertThat(never.getType()).isEqualTo(RUNTIME);
      assertThat(never.getStatus()).isEqualTo(404);
      assertThat(never.getTitle()).isEqualTo("Image not found");
      assertThat(never.getDetail()).contains("'localhost/nowhere:latest'", "never");

      Fault pulled = cluster.fault(KIND, "{\"image\":\"localhost:1/nowhere:2\"}");
      assertThat(pulled.getTitle()).isEqualTo("Image not pulled");
      assertThat(pulled.getDetail()).contains("'localhost:1/nowhere:2'");
    }

    @Test
    void pullPolicyAlwaysAsksTheRegistryForAnImageThatIsHere() throws Exception {
      engine.makeImage("localhost:1/here:1");
      assertThat(
              cluster.output(
                  KIND, "{\"image\":\"localhost:1/here:1\",\"arguments\":[\"echo\",\"hi\"]}"))
          .hasToString("\"hi\"");

      Fault fault =
          cluster.fault(
              KIND,
              "{\"image\":\"localhost:1/here:1\",\"arguments\":[\"true\"],\"pullPolicy\":\"always\"}");

      assertThat(fault.getTitle()).isEqualTo("Image not pulled");
    }

    @Test
    void aPortThatIsTaken() throws Exception {
      try (ServerSocket taken = new ServerSocket(0)) {
        Fault fault = fault("true", ",\"ports\":{\"" + taken.getLocalPort() + "\":80}");

        assertThat(fault.getType()).isEqualTo(RUNTIME);
        assertThat(fault.getStatus()).isEqualTo(409);
        assertThat(fault.getTitle()).isEqualTo("Port taken");
        awaitNoContainer();
      }
    }

    @Test
    void aVolumeThatDoesNotFit() throws Exception {
      Path file = Files.createFile(directory.resolve("file"));

      Fault fault = fault("true", ",\"volumes\":{\"" + file + "\":\"/bin\"}");

      assertThat(fault.getType()).isEqualTo(CONFIGURATION);
      assertThat(fault.getTitle()).isEqualTo("Wrong volume");
      assertThat(fault.getDetail()).contains("/bin");
      awaitNoContainer();
    }

    @Test
    void aProgramThatTheImageLacks() {
      Fault fault = cluster.fault(KIND, image("\"arguments\":[\"nosuchprogram\"]"));

      assertThat(fault.getType()).isEqualTo(RUNTIME);
      assertThat(fault.getTitle()).isEqualTo("Program not found");
      assertThat(fault.getDetail()).contains("nosuchprogram");
    }

    @Test
    void argumentsThatCantBeUsed() {
      wrong("\"image\":\"no image\"", "'image'");
      wrong(fine("\"name\":\"a b\""), "'name'");
      wrong(fine("\"ports\":{\"80\":\"x\"}"), "'ports'");
      wrong(fine("\"ports\":{\"70000\":80}"), "'ports'");
      wrong(fine("\"ports\":{\"80\":0}"), "'ports'");
      wrong(fine("\"volumes\":{\"a/b\":\"/data\"}"), "'volumes'");
      wrong(fine("\"volumes\":{\"/srv\":\"data\"}"), "'volumes'");
      wrong(fine("\"pullPolicy\":\"sometimes\""), "'pullPolicy'");
      wrong(fine("\"lifetime\":{\"cleanup\":\"soon\"}"), "'cleanup'");
      wrong(fine("\"lifetime\":{\"cleanup\":\"eventually\",\"after\":\"1h\"}"), "'lifetime.after'");
      wrong(fine("\"environment\":{\"A=B\":\"c\"}"), "'environment'");
      assertThat(engine.containers()).isEmpty();
    }

    private static String fine(String more) {
      return "\"image\":\"" + ContainerEngine.IMAGE + "\"," + more;
    }

    private void wrong(String arguments, String field) {
      Fault fault = cluster.fault(KIND, "{" + arguments + "}");
      assertThat(fault.getType()).as(arguments).isEqualTo(CONFIGURATION);
      assertThat(fault.getDetail()).as(arguments).contains(field);
    }
  }

  /** What a node does that has not noticed yet that the engine is gone. */
  private record Unaware(Executor executor) implements Executor {

    @Override
    public List<String> kinds() {
      return List.of(KIND);
    }

    @Override
    public Outcome run(Attempt attempt) throws Exception {
      return executor.run(attempt);
    }

    @Override
    public void close() {
      executor.close();
    }
  }

  @Nested
  class Engine {

    @Test
    void aNodeOffersContainersOnlyWhileOneAnswers() throws Exception {
      assumeThat(engine.isOwn()).isTrue();
      assertThat(cluster.worker().status().kinds()).contains(KIND);

      engine.end();
      try (Cluster unaware = worker(Unaware::new)) {
        Fault fault = unaware.fault(KIND, command("true", ""));
        assertThat(fault.getType()).isEqualTo(COMMUNICATION);
        assertThat(fault.getTitle()).isEqualTo("Container engine not reachable");
        await().until(() -> !cluster.worker().status().kinds().contains(KIND));
      } finally {
        engine.begin();
      }

      await().until(() -> cluster.worker().status().kinds().contains(KIND));
      assertThat(output("echo again", "").textValue()).isEqualTo("again");
    }
  }
}
