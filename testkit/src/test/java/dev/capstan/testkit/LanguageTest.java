package dev.capstan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.WorkflowError;
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
  Stream<DynamicContainer> cases() {
    return Case.files().entrySet().stream()
        .map(file -> DynamicContainer.dynamicContainer(file.getKey(), tests(file.getValue())));
  }

  private static Stream<DynamicTest> tests(List<Case> cases) {
    return cases.stream()
        .flatMap(example -> example.isRefused() ? refused(example) : runs(example));
  }

  private static Stream<DynamicTest> refused(Case example) {
    return Stream.of(
        DynamicTest.dynamicTest(
            example.name(),
            () ->
                assertThat(example.refusal())
                    .as(example.name())
                    .isEqualTo(Json.strings(example.expected().get("refused")))));
  }

  private static Stream<DynamicTest> runs(Case example) {
    return Stream.of(1, 3, 1_000)
        .map(steps ->
            DynamicTest.dynamicTest(
                example.name() + " (" + steps + " steps a decision)", () -> check(example, steps)));
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
    if (expected.path("outputless").asBoolean()) {
      assertThat(result.execution().output()).as("output; %s", history).isNull();
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
    if (expected.has("chain")) {
      assertThat(result.chain()).as("executions").isEqualTo(expected.get("chain").asInt());
    }
    if (expected.has("elapsed")) {
      assertThat(result.elapsed())
          .as("elapsed")
          .isEqualTo(Duration.parse(expected.get("elapsed").asText()));
    }
    if (expected.has("between")) {
      assertThat(result.elapsed())
          .as("elapsed")
          .isBetween(
              Duration.parse(expected.at("/between/0").asText()),
              Duration.parse(expected.at("/between/1").asText()));
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
