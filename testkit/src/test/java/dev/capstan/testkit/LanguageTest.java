package dev.capstan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.WorkflowError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The rules of the language, one case each, from the files under {@code cases}. Each case runs with
 * one step a decision, with a few, and with as many as in production: what comes out may not depend
 * on where decisions are cut.
 */
class LanguageTest {

  @TestFactory
  Stream<DynamicContainer> cases() throws IOException, URISyntaxException {
    Path folder = Path.of(Objects.requireNonNull(LanguageTest.class.getResource("/cases")).toURI());
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> sorted = files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
      return sorted.stream().map(LanguageTest::container);
    }
  }

  private static DynamicContainer container(Path file) {
    Stream<DynamicTest> tests =
        read(file)
            .flatMap(example ->
                Stream.of(1, 3, 1_000)
                    .map(steps ->
                        DynamicTest.dynamicTest(
                            example.name() + " (" + steps + " steps a decision)",
                            () -> check(example, steps))));
    return DynamicContainer.dynamicContainer(String.valueOf(file.getFileName()), tests);
  }

  private static Stream<Case> read(Path file) {
    try {
      JsonNode cases = Yaml.read(Files.readString(file));
      return cases.valueStream().map(Case::new);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void check(Case example, int steps) {
    assertThat(example.section()).as("where the specification says so").isNotBlank();
    Case.Result result = example.run(steps);
    JsonNode expected = example.expected();
    String history = result.events().toString();
    WorkflowError error = result.error();
    assertThat(result.execution().status().word())
        .as("status; error %s; history %s", error, history)
        .isEqualTo(expected.path("status").asText("completed"));
    if (expected.has("output")) {
      assertThat(Json.normalized(result.execution().output()))
          .as("output; %s", history)
          .isEqualTo(Json.normalized(expected.get("output")));
    }
    if (expected.has("context")) {
      assertThat(Json.normalized(result.execution().context()))
          .as("context")
          .isEqualTo(Json.normalized(expected.get("context")));
    }
    if (expected.has("completed")) {
      assertThat(result.completed())
          .as("completed tasks")
          .isEqualTo(Json.strings(expected.get("completed")));
    }
    if (expected.has("elapsed")) {
      assertThat(result.elapsed())
          .as("elapsed")
          .isEqualTo(Duration.parse(expected.get("elapsed").asText()));
    }
    if (expected.has("published")) {
      assertThat(result.engine().published().stream().map(CloudEvent::type))
          .as("published")
          .isEqualTo(Json.strings(expected.get("published")));
    }
    if (expected.has("error")) {
      assertThat(error).as("error").isNotNull();
      Json.requireContains(Objects.requireNonNull(error).toJson(), expected.get("error"), "error");
    }
    if (expected.has("dispatched")) {
      List<JsonNode> dispatched = result.engine().dispatched().stream().map(Json::of).toList();
      Json.requireContains(Json.array(dispatched), expected.get("dispatched"), "dispatched");
    }
  }
}
