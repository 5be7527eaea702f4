package dev.capstan.dsl.diagnostic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A code of a diagnostic")
class DiagnosticCodeTest {
  private static final Path PAGES = Path.of("..", "docs", "errors");

  @ParameterizedTest
  @EnumSource
  void has_a_page(DiagnosticCode code) throws IOException {
    assertThat(Files.readString(PAGES.resolve(code.code() + ".md")))
        .startsWith("# " + code.code() + ": ")
        .contains("## What happened\n\n" + code.sentence())
        .contains("## Why\n")
        .contains("## What to do\n");
  }

  @Test
  void is_unique_and_there_is_no_page_without_code() throws IOException {
    List<String> codes = Arrays.stream(DiagnosticCode.values()).map(DiagnosticCode::code).toList();
    assertThat(codes).doesNotHaveDuplicates();
    try (Stream<Path> pages = Files.list(PAGES)) {
      assertThat(pages.map(page -> page.getFileName().toString()))
          .filteredOn(name -> name.startsWith("CAP-1"))
          .allMatch(name -> codes.contains(name.replace(".md", "")));
    }
  }
}
