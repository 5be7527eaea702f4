package dev.capstan.verify.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * All scenarios of the specification's conformance test kit against a real coordinator and a real
 * worker.
 */
class ConformanceKitTest {
  private static final Pattern QUOTED = Pattern.compile("'([^']*)'");

  @TempDir static Path folder;

  private static Engine engine;
  private static OutsideWorld outside;

  @BeforeAll
  static void startEngine() throws IOException {
    outside = new OutsideWorld();
    engine = Engine.start(folder);
  }

  @AfterAll
  static void stopEngine() {
    engine.close();
    outside.close();
  }

  @TestFactory
  Stream<DynamicContainer> features() throws IOException, URISyntaxException {
    Path kit =
        Path.of(Objects.requireNonNull(ConformanceKitTest.class.getResource("/ctk")).toURI());
    try (Stream<Path> files = Files.list(kit)) {
      return files.filter(file -> file.toString().endsWith(".feature")).sorted().toList().stream()
          .map(ConformanceKitTest::container);
    }
  }

  private static DynamicContainer container(Path file) {
    Feature feature;
    try {
      feature = Feature.parse(Files.readString(file));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return DynamicContainer.dynamicContainer(
        file.getFileName() + ": " + feature.name(),
        feature.scenarios().stream()
            .map(scenario ->
                DynamicTest.dynamicTest(scenario.name(), () -> new Play(scenario).run())));
  }

  /** One scenario being played. */
  private static final class Play {
    private final Feature.Scenario scenario;
    private String definition = "";
    private JsonNode input = JsonNodeFactory.instance.objectNode();
    private @Nullable ExecutionView ended;
    private List<HistoryEntry> history = List.of();

    Play(Feature.Scenario scenario) {
      this.scenario = scenario;
    }

    void run() {
      scenario.steps().forEach(this::take);
    }

    private void take(Feature.Step step) {
      String text = step.text();
      switch (text) {
        case "a workflow with definition:" ->
            definition = outside.localized(step.requireDocument());
        case "given the workflow input is:" -> input = Engine.yaml(step.requireDocument());
        case "the workflow is executed" -> execute();
        case "the workflow should complete" -> requireStatus(Status.COMPLETED);
        case "the workflow should complete with output:" -> {
          requireStatus(Status.COMPLETED);
          assertThat(Engine.normalized(execution().output()))
              .isEqualTo(Engine.yaml(step.requireDocument()));
        }
        case "the workflow should fault" -> requireStatus(Status.FAULTED);
        case "the workflow should fault with error:" -> {
          requireStatus(Status.FAULTED);
          JsonNode error = Objects.requireNonNull(execution().error()).toJson();
          Engine.yaml(step.requireDocument())
              .properties()
              .forEach(member ->
                  assertThat(Engine.normalized(error.get(member.getKey())))
                      .as(member.getKey())
                      .isEqualTo(member.getValue()));
        }
        default -> check(text, step);
      }
    }

    private void execute() {
      ExecutionView view = engine.run(definition, input);
      ended = view;
      history = engine.history(view.id());
    }

    private ExecutionView execution() {
      return Objects.requireNonNull(ended, "the kit checks what it has executed");
    }

    private void requireStatus(Status status) {
      assertThat(execution().status()).as("error: %s", execution().error()).isEqualTo(status);
    }

    private void check(String text, Feature.Step step) {
      List<String> quoted = QUOTED.matcher(text).results().map(match -> match.group(1)).toList();
      if (text.startsWith("the workflow output should have properties")) {
        quoted.forEach(
            path -> assertThat(at(path).isMissingNode()).as("%s is missing", path).isFalse());
      } else if (text.endsWith("property with value:")) {
        assertThat(at(quoted.getFirst())).isEqualTo(Engine.yaml(step.requireDocument()));
      } else if (text.matches(
          "the workflow output should have a '[^']*' property containing \\d+ items")) {
        Matcher count = Pattern.compile("(\\d+) items").matcher(text);
        assertThat(count.find()).isTrue();
        assertThat(at(quoted.getFirst())).hasSize(Integer.parseInt(count.group(1)));
      } else {
        checkOrder(text);
      }
    }

    private void checkOrder(String text) {
      List<String> order = started();
      String[] words = text.split(" ");
      if (text.endsWith(" should run first")) {
        assertThat(order).first().isEqualTo(words[0]);
      } else if (text.endsWith(" should run last")) {
        assertThat(order).last().isEqualTo(words[0]);
      } else if (text.contains(" should run after ")) {
        assertThat(order).containsSubsequence(words[4], words[0]);
      } else {
        throw new IllegalArgumentException("a step that the kit does not have: " + text);
      }
    }

    private List<String> started() {
      return history.stream()
          .filter(entry -> entry.type().equals("task.started"))
          .map(entry -> Objects.requireNonNull(entry.task()))
          .toList();
    }

    private JsonNode at(String path) {
      JsonNode at = Engine.normalized(execution().output());
      for (String name : path.split("\\.")) {
        at = at.path(name);
      }
      return at;
    }
  }
}
