package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.cli.cluster.FreePorts;
import dev.capstan.verify.lab.QuickStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every example does what it says, offline. */
class ExamplesTest {
  @TempDir Path directory;
  private Path examples;
  private Shell shell;

  @BeforeEach
  void findExamples() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("examples/README.md"))) {
      folder = Objects.requireNonNull(folder.getParent(), "the repository's root has examples");
    }
    examples = folder.resolve("examples");
    shell = Shell.in(directory);
  }

  private Ended run(String example, String... more) {
    String[] command =
        Stream.concat(Stream.of("run", examples.resolve(example).toString()), Stream.of(more))
            .toArray(String[]::new);
    Ended ended = shell.run(command);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended;
  }

  private static boolean has(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  @Test
  void everyExampleIsValidAndInTheList() throws IOException {
    String list = Files.readString(examples.resolve("README.md"));
    try (Stream<Path> files = Files.list(examples)) {
      List<String> all =
          files.map(Path::toString).filter(name -> name.endsWith(".yaml")).sorted().toList();
      assertThat(all)
          .allSatisfy(name -> assertThat(list).contains(Path.of(name).getFileName().toString()));
      List<String> names = all.stream().filter(name -> !isOfTests(name)).toList();
      assertThat(names).isNotEmpty();

      Ended validated =
          shell.run(Stream.concat(Stream.of("validate"), names.stream()).toArray(String[]::new));

      assertThat(validated.exitCode()).as(validated.out()).isZero();
      assertThat(validated.out().lines())
          .hasSameSizeAs(names)
          .allMatch(line -> line.endsWith("no warnings"));
    }
  }

  private static boolean isOfTests(String name) {
    return name.endsWith(".test.yaml");
  }

  @Test
  void theirTestFilesPass() throws IOException {
    try (Stream<Path> files = Files.list(examples)) {
      List<String> names = files.map(Path::toString).filter(ExamplesTest::isOfTests).toList();
      assertThat(names).isNotEmpty();

      Ended tested =
          shell.run(Stream.concat(Stream.of("test"), names.stream()).toArray(String[]::new));

      assertThat(tested.exitCode()).as(tested.out()).isZero();
    }
  }

  @Test
  void hello() {
    assertThat(run("hello.yaml", "--input", "{\"name\":\"Ada\"}").json().toString())
        .isEqualTo("[{\"text\":\"HELLO, ADA\"},{\"length\":10}]");
  }

  @Test
  void retriesAndTheHandlerThatTakesOver() {
    Ended run = run("http-retry.yaml");

    assertThat(run.err()).contains("task.retried         fetch  attempt 3");
    assertThat(run.json().path("gaveUp").asBoolean()).isTrue();
    assertThat(run.json().path("because").asText()).contains("connection refused");
  }

  @Test
  void branchesAndLoops() {
    assertThat(run("fan-out.yaml").json().toString())
        .isEqualTo("{\"results\":[\"fast\",\"slow\",{\"sum\":30}]}");
  }

  @Test
  void whatWasBookedIsCancelledInReverseOrder() {
    assertThat(run("saga.yaml", "--input", "{\"to\":\"Oslo\",\"rooms\":0}").json().toString())
        .isEqualTo(
            "{\"booked\":false,\"undone\":[\"released 12A, because no room in Oslo\",\"cancelled F-Oslo\"]}");
  }

  @Test
  void iterationsAtTheSameTime() {
    Ended run = run("parallel.yaml");

    assertThat(run.json().toString())
        .isEqualTo("{\"lengths\":[3,3,5,4,3],\"failed\":[\"Unlucky\"]}");
    assertThat(run.err()).contains("task.settled");
  }

  @Test
  void functions() {
    String items = "{\"items\":[{\"price\":20,\"count\":2},{\"price\":5,\"count\":1}]}";

    assertThat(run("functions.yaml", "--input", items).json().toString()).isEqualTo("{\"sum\":41}");
  }

  @Test
  void scripts() {
    assumeTrue(has("python3") && has("node"), "needs python3 and node");
    assertThat(run("scripts.yaml").json().asText()).isEqualTo("the first 5 entries were counted");
  }

  @Test
  void aTaskThatNoNodeTakesInTimeGivesWayToAnother() {
    Ended run = run("placement.yaml");

    assertThat(run.json().asText()).isEqualTo("trained on a cpu");
    assertThat(run.err()).contains("task.faulted", "no node took the task within the time");
  }

  @Test
  void events() {
    assertThat(run("events.yaml").json().toString())
        .isEqualTo(
            "[{\"words\":\"good morning\"},\"com.example.hello\"]"
                .replace("{\"words\":\"good morning\"}", "\"good morning\""));
  }

  @Test
  void anAgentTellsHowFarItIsAndAnswers() throws IOException {
    assumeTrue(has("python3"), "needs python3");
    String text = Files.readString(examples.resolve("agent.yaml"));
    Files.writeString(
        directory.resolve("agent.yaml"), text.replace("7491", Integer.toString(FreePorts.next())));

    Ended run =
        shell.run("run", "agent.yaml", "--input", "{\"question\":\"how much is the fish?\"}");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.json().toString()).isEqualTo("[\"let me think\",\"HOW MUCH IS THE FISH?\"]");
  }

  @Test
  void anOrderIsFulfilledAlthoughTheShopFailsNowAndThen() throws IOException {
    String port = Integer.toString(FreePorts.next());
    String text = Files.readString(examples.resolve("order-fulfilment.yaml"));
    Files.writeString(directory.resolve("order.yaml"), text.replace("7490", port));
    Path program = QuickStart.launcher(directory);

    Ended run =
        shell
            .with("CAPSTAN_PROGRAM", program.toString())
            .run("run", "order.yaml", "--input", "@" + examples.resolve("order.json"));

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode output = run.json();
    assertThat(output.path("orderId").asText()).isEqualTo("A-1001");
    assertThat(output.path("paid").asDouble()).isEqualTo(98.5);
    assertThat(output.path("tracking").asText()).startsWith("T-A-1001-");
    assertThat(run.err()).contains("task.retried", "service | POST /shipments 201");
  }
}
