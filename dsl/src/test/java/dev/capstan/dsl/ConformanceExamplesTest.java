package dev.capstan.dsl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.dsl.diagnostic.Diagnostic;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The specification's own examples")
class ConformanceExamplesTest {
  private final DefinitionLoader loader = new DefinitionLoader();

  static Stream<TestFile> examples() {
    return TestFile.in("conformance/examples").stream();
  }

  static Stream<TestFile> invalid() {
    return TestFile.in("conformance/invalid").stream();
  }

  @Test
  void there_are_68_examples() {
    assertThat(TestFile.in("conformance/examples")).hasSize(68);
  }

  @ParameterizedTest
  @MethodSource("examples")
  void every_example_loads_without_errors(TestFile file) {
    assertThat(errors(loader.load(file.text(), file.name()))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void an_example_as_json_is_the_same_definition(TestFile file) {
    LoadResult.Loaded yaml = (LoadResult.Loaded) loader.load(file.text(), file.name());
    String json = yaml.definition().source().toString();
    LoadResult.Loaded again = (LoadResult.Loaded) loader.load(json, file.name() + ".json");
    assertThat(again.definition().hash()).isEqualTo(yaml.definition().hash());
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void what_the_specification_calls_invalid_is_rejected(TestFile file) {
    assertThat(errors(loader.load(file.text(), file.name()))).isNotEmpty();
  }

  private static List<Diagnostic> errors(LoadResult result) {
    return switch (result) {
      case LoadResult.Loaded loaded -> List.of();
      case LoadResult.Rejected rejected ->
          rejected.diagnostics().stream().filter(Diagnostic::isError).toList();
    };
  }
}
