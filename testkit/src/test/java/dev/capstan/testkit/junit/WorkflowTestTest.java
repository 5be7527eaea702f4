package dev.capstan.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.displayName;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.testkit.WorkResult;
import dev.capstan.testkit.cases.CaseResult;
import dev.capstan.testkit.cases.TestCase;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

class WorkflowTestTest {
  private static final String FOLDER = "src/test/resources/junit/";
  private static final Path ORDER = Path.of(FOLDER + "order.yaml");

  /** What users write; run by the tests below. */
  static class Cases {
    static final List<String> PASSED = new ArrayList<>();

    @WorkflowTest(FOLDER + "order.test.yaml")
    void cases(TestCase test, CaseResult result) {
      PASSED.add(test.name() + " took " + result.took());
    }
  }

  @WorkflowTest({"../examples/order-fulfilment.test.yaml", FOLDER + "order.test.yaml"})
  static class FilesOfTheClass {
    @WorkflowTest
    void cases() {}
  }

  static class Invalid {
    @WorkflowTest(FOLDER + "invalid.test.yaml")
    void cases() {}
  }

  static class Missing {
    @WorkflowTest(FOLDER + "none.test.yaml")
    void cases() {}
  }

  static class Nothing {
    @WorkflowTest
    void cases() {}
  }

  static class Both {
    @WorkflowTest(FOLDER + "order.test.yaml")
    void cases(WorkflowEngineFixture engine) {
      assertThat(engine).isNotNull();
    }
  }

  @WorkflowTest
  static class Engines {
    @BeforeEach
    void pays(WorkflowEngineFixture engine) {
      engine.answer("pay", "{ \"id\": \"P-7\" }");
    }

    @WorkflowTest
    void paid(WorkflowEngineFixture engine) throws IOException {
      Execution order = engine.run(ORDER, "{ \"amount\": 25 }");
      assertThat(order.status()).isEqualTo(Status.COMPLETED);
      assertThat(order.output()).hasToString("{\"id\":\"P-7\"}");
      assertThat(engine.elapsed()).isEqualTo(Duration.ofDays(7));
    }

    @Test
    void waits(WorkflowEngineFixture engine) throws IOException {
      assertThat(engine.elapsed()).isZero();
      Execution order = engine.start(ORDER, "{ \"amount\": 25 }");
      engine.advance(Duration.ofDays(6));
      assertThat(engine.calls("pay")).isEmpty();
      assertThat(order.status().hasEnded()).isFalse();
      engine.advance(Duration.ofDays(1));
      assertThat(engine.calls("pay"))
          .singleElement()
          .satisfies(
              call -> assertThat(call.arguments().path("body")).hasToString("{\"amount\":25}"));
    }
  }

  static class Unanswered {
    @WorkflowTest
    void ships(WorkflowEngineFixture engine) throws IOException {
      engine.answer("ship", request -> new WorkResult.Lost());
      Execution _ = engine.run(ORDER, "{ \"amount\": 25 }");
    }
  }

  private static EngineExecutionResults run(Class<?> type) {
    return EngineTestKit.engine("junit-jupiter").selectors(selectClass(type)).execute();
  }

  private static List<String> names(EngineExecutionResults results) {
    return results.testEvents().started().stream()
        .map(Event::getTestDescriptor)
        .map(each -> each.getDisplayName())
        .toList();
  }

  @Test
  void eachCaseIsATestWithItsNameAndOneThatFailsSaysWhereAndWhy() {
    Cases.PASSED.clear();
    EngineExecutionResults results = run(Cases.class);

    assertThat(names(results))
        .containsExactly("an order is paid after a week", "this expects another payment");
    results
        .testEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                test(),
                displayName("this expects another payment"),
                finishedWithFailure(
                    message(text ->
                        text.contains("order.test.yaml:7: this expects another payment")
                            && text.contains("output.id: expected \"P-8\"")))));
    results.testEvents().assertStatistics(tests -> tests.succeeded(1).failed(1));
    assertThat(Cases.PASSED).containsExactly("an order is paid after a week took PT168H");
  }

  @Test
  void filesOfAClassAreForItsMethodsAndNamedWhereThereAreSeveral() {
    assertThat(names(run(FilesOfTheClass.class)))
        .hasSizeGreaterThan(3)
        .contains(FOLDER + "order.test.yaml · an order is paid after a week")
        .anySatisfy(
            name -> assertThat(name).startsWith("../examples/order-fulfilment.test.yaml · "));
  }

  @Test
  void whatCannotRunSaysWhatToChange() {
    assertFails(Invalid.class, "Invalid.cases", "did you mean \"output\"?");
    assertFails(Missing.class, "Missing.cases", "none.test.yaml can't be read");
    assertFails(Nothing.class, "Nothing.cases names no test file", "@WorkflowTest(");
    assertFails(Both.class, "Both.cases has test files and takes", "two methods");
  }

  private static void assertFails(Class<?> type, String... parts) {
    EngineExecutionResults results = run(type);
    assertThat(results.testEvents().started().count()).isZero();
    results
        .containerEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                finishedWithFailure(
                    message(text -> List.of(parts).stream().allMatch(text::contains)))));
  }

  @Test
  void everyTestHasAnEngineOfItsOwnThatItsSetupHasToo() {
    EngineExecutionResults results = run(Engines.class);

    results.testEvents().assertStatistics(tests -> tests.started(2).succeeded(2));
  }

  @Test
  void aTaskThatNothingAnswersForFailsTheTestAndIsNamed() {
    run(Unanswered.class)
        .testEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                finishedWithFailure(
                    message(text -> text.contains("The task pay (/do/1/pay) runs on a node")))));
  }
}
