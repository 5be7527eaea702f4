package dev.capstan.dsl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.dsl.diagnostic.Diagnostic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the case files; {@code -Dregenerate=true} writes what the loader says into them instead. */
@DisplayName("What the loader says about definitions")
class CasesTest {
  private static final List<String> FOLDERS = List.of("cases/valid", "cases/invalid");
  private final DefinitionLoader loader = new DefinitionLoader();

  static Stream<Case> valid() {
    return TestFile.in("cases/valid").stream().flatMap(file -> Case.in(file).stream());
  }

  static Stream<Case> invalid() {
    return TestFile.in("cases/invalid").stream().flatMap(file -> Case.in(file).stream());
  }

  @Test
  void there_are_many() {
    assertThat(valid().count() + invalid().count()).isGreaterThan(150);
  }

  @ParameterizedTest
  @MethodSource("valid")
  void is_accepted(Case one) {
    LoadResult result = loader.load(one.definition(), "case.yaml");
    assertThat(Case.print(said(result))).isEqualTo(one.expected());
    assertThat(result).isInstanceOf(LoadResult.Loaded.class);
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void is_rejected(Case one) {
    LoadResult result = loader.load(one.definition(), "case.yaml");
    assertThat(Case.print(said(result))).isEqualTo(one.expected());
    assertThat(result).isInstanceOf(LoadResult.Rejected.class);
  }

  @Test
  void regenerates_on_demand() throws IOException {
    Assumptions.assumeTrue(Boolean.getBoolean("regenerate"));
    for (String folder : FOLDERS) {
      for (TestFile file : TestFile.in(folder)) {
        StringBuilder text =
            new StringBuilder(file.text().substring(0, file.text().indexOf("=== ")));
        for (Case one : Case.in(file)) {
          text.append("=== ").append(one.title()).append('\n').append(one.text()).append("---\n");
          String said = Case.print(said(loader.load(one.definition(), "case.yaml")));
          text.append(said).append(said.isEmpty() ? "\n" : "\n\n");
        }
        Path path = Path.of("src/test/resources", folder, file.name());
        Files.writeString(path, text.toString().stripTrailing() + "\n");
        assertThat(path).exists();
      }
    }
  }

  private static List<Diagnostic> said(LoadResult result) {
    return switch (result) {
      case LoadResult.Loaded loaded -> loaded.warnings();
      case LoadResult.Rejected rejected -> rejected.diagnostics();
    };
  }
}
