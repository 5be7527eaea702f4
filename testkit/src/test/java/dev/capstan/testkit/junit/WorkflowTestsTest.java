package dev.capstan.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.testkit.cases.TestFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class WorkflowTestsTest {
  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> theExample() throws IOException, TestFileException {
    return WorkflowTests.in(Path.of("../examples/order-fulfilment.test.yaml"));
  }

  @Test
  void aFailureNamesTheCaseItsPlaceAndEveryDifference() throws IOException, TestFileException {
    List<DynamicTest> tests = WorkflowTests.in(file("{ output: { a: 2 }, took: PT1S }")).toList();

    assertThat(tests).extracting(DynamicTest::getDisplayName).containsExactly("adds");
    assertThatThrownBy(() -> tests.getFirst().getExecutable().execute())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("add.test.yaml:3: adds")
        .hasMessageContaining("output.a: expected 2, but was 1")
        .hasMessageContaining("took: expected PT1S, but was PT0S");
  }

  @Test
  void aFileThatIsNotValidIsRefusedBeforeAnythingRuns() throws IOException {
    Path file = file("{ outptu: 1 }");

    assertThatThrownBy(() -> WorkflowTests.in(file))
        .isInstanceOf(TestFileException.class)
        .hasMessageContaining("did you mean \"output\"?");
  }

  private Path file(String expectation) throws IOException {
    Files.writeString(
        folder.resolve("add.yaml"),
        """
        document: { dsl: '1.0.3', namespace: test, name: add, version: '0.1.0' }
        do:
          - one: { set: { a: 1 } }
        """);
    return Files.writeString(
        folder.resolve("add.test.yaml"),
        """
        workflow: add.yaml
        cases:
          - name: adds
            expect: %s
        """
            .formatted(expectation));
  }
}
