package dev.capstan.testkit.junit;

import dev.capstan.testkit.cases.CaseResult;
import dev.capstan.testkit.cases.Difference;
import dev.capstan.testkit.cases.TestCase;
import dev.capstan.testkit.cases.TestFile;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;

/** One case as one test: it runs, and when it has passed, the method is called. */
final class CaseTest
    implements TestTemplateInvocationContext, BeforeTestExecutionCallback, ParameterResolver {
  private final TestFile file;
  private final TestCase test;
  private final boolean isOneOfManyFiles;
  private @Nullable CaseResult result;

  CaseTest(TestFile file, TestCase test, boolean isOneOfManyFiles) {
    this.file = file;
    this.test = test;
    this.isOneOfManyFiles = isOneOfManyFiles;
  }

  /**
   * Runs a case.
   *
   * @throws AssertionError with the place of the case and all differences, if it does not pass
   */
  static CaseResult require(TestFile file, TestCase test) {
    CaseResult result = test.run();
    if (!result.passed()) {
      String place = file.name() + ":" + test.line() + ": " + test.name();
      throw new AssertionError(
          result.differences().stream()
              .map(Difference::text)
              .collect(Collectors.joining("\n  ", place + "\n  ", "")));
    }
    return result;
  }

  @Override
  public String getDisplayName(int invocation) {
    return isOneOfManyFiles ? file.name() + " · " + test.name() : test.name();
  }

  @Override
  public List<Extension> getAdditionalExtensions() {
    return List.of(this);
  }

  @Override
  public void beforeTestExecution(ExtensionContext context) {
    result = require(file, test);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == TestCase.class || (type == CaseResult.class && result != null);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestCase.class
        ? test
        : Objects.requireNonNull(result);
  }
}
