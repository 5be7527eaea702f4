package dev.capstan.dsl.jq;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The language, told by the examples in {@code cases.txt}. */
class JqLanguageTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JqLimits LIMITS = JqLimits.ofSteps(2_000_000);

  static List<JqCase> examples() throws IOException {
    return JqCase.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("examples")
  void eachExampleYieldsItsOutputs(JqCase example) throws IOException {
    assertThat(outcome(example)).isEqualTo(example.expected());
  }

  @Test
  void thereAreExamplesOfEverySection() throws IOException {
    assertThat(JqCase.all()).hasSizeGreaterThan(900);
    assertThat(JqCase.all().stream().map(JqCase::section).distinct()).hasSizeGreaterThan(12);
  }

  @Test
  void inputsAreNeverChanged() throws IOException {
    for (JqCase example : JqCase.all()) {
      JsonNode input = JSON.readTree(example.input());
      JsonNode copy = input.deepCopy();
      try {
        JqProgram program = Jq.compile(example.program());
        program.evaluate(input, JqVariables.NONE, LIMITS);
      } catch (JqSyntaxException | JqException e) {
        assertThat(e).as(example.toString()).hasMessageMatching("(?s).+");
      }
      assertThat(input).as(example.toString()).isEqualTo(copy);
    }
  }

  private static List<String> outcome(JqCase example) throws IOException {
    List<String> outcome = new ArrayList<>();
    try {
      Run printer = new Run(LIMITS, List.of(), JqVariables.NONE);
      JqProgram program = Jq.compile(example.program());
      for (JsonNode value :
          program.evaluate(JSON.readTree(example.input()), JqVariables.NONE, LIMITS)) {
        outcome.add("-> " + JsonText.write(printer, value));
      }
    } catch (JqException e) {
      outcome.add("!! " + e.getMessage());
    } catch (JqSyntaxException e) {
      outcome.add("?? " + e.getMessage());
    }
    return outcome;
  }
}
