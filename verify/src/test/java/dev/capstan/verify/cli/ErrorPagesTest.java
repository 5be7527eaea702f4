package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.verify.repository.RepositoryFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each error code has a page, and each page a code. */
class ErrorPagesTest {
  private static final Pattern CODE = Pattern.compile("CAP-\\d{4}");
  private static final Path ROOT = RepositoryFiles.ROOT;

  @Test
  void everyCodeHasAPageThatSaysWhatHappenedAndWhatToDo() throws IOException {
    TreeSet<String> codes = new TreeSet<>();
    Arrays.stream(DiagnosticCode.values()).map(DiagnosticCode::code).forEach(codes::add);
    RepositoryFiles.endingWith(".java").stream()
        .filter(file -> file.toString().contains("/src/main/java/"))
        .forEach(file -> collect(file, "\"CAP-\\d{4}\"", codes));
    collect(ROOT.resolve("capstan"), "error CAP-\\d{4}", codes);

    TreeSet<String> pages = new TreeSet<>();
    try (Stream<Path> files = Files.list(ROOT.resolve("docs/errors"))) {
      for (Path file : files.toList()) {
        String code = file.getFileName().toString().replace(".md", "");
        pages.add(code);
        assertThat(Files.readString(file))
            .as("%s", file)
            .startsWith("# " + code + ": ")
            .contains("## What happened", "## What to do");
      }
    }
    assertThat(pages).isEqualTo(codes);
  }

  private static void collect(Path file, String pattern, Set<String> codes) {
    try {
      Pattern.compile(pattern)
          .matcher(Files.readString(file))
          .results()
          .flatMap(found -> CODE.matcher(found.group()).results())
          .forEach(found -> codes.add(found.group()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
