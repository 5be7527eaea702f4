package dev.capstan.testkit.junit;

import dev.capstan.testkit.cases.CaseResult;
import dev.capstan.testkit.cases.TestFile;
import dev.capstan.testkit.cases.TestFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * The cases of test files as dynamic tests.
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicTest> order() throws Exception {
 *   return WorkflowTests.in(Path.of("src/main/workflows/order.test.yaml"));
 * }
 * }</pre>
 */
public final class WorkflowTests {
  private WorkflowTests() {}

  /**
   * One test for each case of a test file, in the order of the file. A test fails with an {@link
   * AssertionError} that lists all differences.
   *
   * @throws TestFileException if the file, or a workflow that it names, is not valid
   * @throws IOException if a file can't be read
   */
  public static Stream<DynamicTest> in(Path file) throws IOException, TestFileException {
    TestFile tests = TestFile.read(file);
    return tests.cases().stream()
        .map(test ->
            DynamicTest.dynamicTest(
                test.name(),
                () -> {
                  CaseResult _ = CaseTest.require(tests, test);
                }));
  }
}
