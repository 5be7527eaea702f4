package dev.capstan.testkit.junit;

import dev.capstan.testkit.cases.TestFile;
import dev.capstan.testkit.cases.TestFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** Makes tests of {@link WorkflowTest}. */
final class WorkflowTestExtension
    implements TestTemplateInvocationContextProvider, ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(WorkflowTestExtension.class);

  WorkflowTestExtension() {}

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return AnnotationSupport.isAnnotated(context.getRequiredTestMethod(), WorkflowTest.class);
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    boolean takesEngine =
        Arrays.asList(context.getRequiredTestMethod().getParameterTypes())
            .contains(WorkflowEngineFixture.class);
    List<String> own = files(context.getRequiredTestMethod());
    if (takesEngine && own.isEmpty()) {
      return Stream.of(new Alone(context.getDisplayName()));
    }
    if (takesEngine) {
      throw new ExtensionConfigurationException(
          shown(context)
              + " has test files and takes a WorkflowEngineFixture. The cases have engines of their"
              + " own: make it two methods");
    }
    List<String> all =
        own.isEmpty()
            ? AnnotationSupport.findAnnotation(context.getRequiredTestClass(), WorkflowTest.class)
                .map(each -> List.of(each.value()))
                .orElse(List.of())
            : own;
    if (all.isEmpty()) {
      throw new ExtensionConfigurationException(
          shown(context)
              + " names no test file and takes no WorkflowEngineFixture: say"
              + " @WorkflowTest(\"path/of.test.yaml\"), or take a WorkflowEngineFixture");
    }
    return cases(context, all).stream();
  }

  private static List<String> files(java.lang.reflect.Method method) {
    return AnnotationSupport.findAnnotation(method, WorkflowTest.class)
        .map(each -> List.of(each.value()))
        .orElse(List.of());
  }

  private static String shown(ExtensionContext context) {
    return context.getRequiredTestClass().getSimpleName()
        + "."
        + context.getRequiredTestMethod().getName();
  }

  /** All files are read before a case runs, so that one that is not valid is told first. */
  private static List<TestTemplateInvocationContext> cases(
      ExtensionContext context, List<String> files) {
    List<TestTemplateInvocationContext> cases = new ArrayList<>();
    for (String name : files) {
      try {
        TestFile file = TestFile.read(Path.of(name));
        file.cases().forEach(each -> cases.add(new CaseTest(file, each, files.size() > 1)));
      } catch (TestFileException e) {
        throw new ExtensionConfigurationException(
            shown(context) + ": " + name + " is not valid:\n" + e.getMessage(), e);
      } catch (IOException e) {
        throw new ExtensionConfigurationException(
            shown(context)
                + ": "
                + name
                + " can't be read; the path is that from "
                + Path.of("").toAbsolutePath(),
            e);
      }
    }
    return cases;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == WorkflowEngineFixture.class
        && context.getTestMethod().isPresent();
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    ExtensionContext.Store store = context.getStore(NAMESPACE);
    WorkflowEngineFixture there =
        store.get(WorkflowEngineFixture.class, WorkflowEngineFixture.class);
    if (there != null) {
      return there;
    }
    WorkflowEngineFixture fresh = new WorkflowEngineFixture();
    store.put(WorkflowEngineFixture.class, fresh);
    return fresh;
  }

  /** The one test of a method that takes an engine. */
  private record Alone(String name) implements TestTemplateInvocationContext {
    @Override
    public String getDisplayName(int invocation) {
      return name;
    }
  }
}
