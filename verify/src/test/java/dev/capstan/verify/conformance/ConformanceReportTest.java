package dev.capstan.verify.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/conformance.md} says what the tests of conformance show, run here and now. Those of
 * this package are run by this one alone when all tests are, see {@code verify/pom.xml}.
 */
class ConformanceReportTest {
  private static final Path CHECKED_IN = Path.of("../docs/conformance.md");

  /** With {@code -Dcapstan.regenerate=true} the file is written instead. */
  @Test
  void thePageIsThatOfTheResults() throws IOException {
    List<TestResults.Ended> kit = TestResults.of(ConformanceKitTest.class.getName());
    List<TestResults.Ended> examples = TestResults.of(SpecificationExamplesTest.class.getName());
    List<TestResults.Ended> cases = TestResults.of("dev.capstan.testkit.LanguageTest");
    assertThat(Stream.of(kit, examples, cases).flatMap(List::stream))
        .filteredOn(test -> test.word().equals("failed"))
        .isEmpty();
    assumeTrue(
        Stream.of(kit, examples, cases)
            .flatMap(List::stream)
            .noneMatch(test -> test.word().equals("skipped")),
        "some examples need a program that is not here");

    String page = ConformanceReport.of(kit, cases, examples);

    if (Boolean.getBoolean("capstan.regenerate")) {
      Files.writeString(CHECKED_IN, page);
    }
    assertThat(Files.readString(CHECKED_IN)).isEqualTo(page);
    assertThat(kit).hasSizeGreaterThanOrEqualTo(21);
    assertThat(cases).hasSizeGreaterThan(1_000);
    assertThat(examples).hasSizeGreaterThan(68);
  }
}
