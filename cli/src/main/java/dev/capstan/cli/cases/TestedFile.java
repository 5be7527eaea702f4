package dev.capstan.cli.cases;

import dev.capstan.testkit.cases.CaseResult;
import dev.capstan.testkit.cases.TestCase;
import dev.capstan.testkit.cases.TestFile;
import dev.capstan.testkit.cases.TestFileException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A test file and what became of its cases.
 *
 * @param rejection why none could run; null when they did
 */
public record TestedFile(String name, List<Tested> cases, @Nullable TestFileException rejection) {
  public TestedFile {
    cases = List.copyOf(cases);
  }

  /**
   * A case that has run.
   *
   * @param spent how long that took here
   */
  public record Tested(TestCase test, CaseResult result, Duration spent) {}

  /** Runs all cases of a file. */
  public static TestedFile run(TestFile file) {
    return new TestedFile(file.name(), file.cases().stream().map(TestedFile::run).toList(), null);
  }

  /** A file that is not valid. */
  public static TestedFile rejected(String name, TestFileException rejection) {
    return new TestedFile(name, List.of(), rejection);
  }

  /** How many cases failed. */
  public long failed() {
    return cases.stream().filter(tested -> !tested.result().passed()).count();
  }

  private static Tested run(TestCase test) {
    long start = System.nanoTime();
    CaseResult result = test.run();
    return new Tested(test, result, Duration.ofNanos(System.nanoTime() - start));
  }
}
