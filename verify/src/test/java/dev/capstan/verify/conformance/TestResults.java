package dev.capstan.verify.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs tests and keeps how each has ended. */
final class TestResults {

  /**
   * A test that has ended.
   *
   * @param group the display name of what it stands in, such as the file of a feature
   * @param name its own display name
   */
  record Ended(String group, String name, TestExecutionResult result) {

    /** A word for readers. */
    String word() {
      return switch (result.getStatus()) {
        case SUCCESSFUL -> "passed";
        case ABORTED -> "skipped";
        case FAILED -> "failed";
      };
    }
  }

  private TestResults() {}

  /** All tests of a class, in the order in which they ended. */
  static List<Ended> of(String testClass) {
    List<Ended> ended = new ArrayList<>();
    DiscoverySelector selector = DiscoverySelectors.selectClass(testClass);
    LauncherConfig alone =
        LauncherConfig.builder()
            .enableTestExecutionListenerAutoRegistration(false)
            .enableLauncherSessionListenerAutoRegistration(false)
            .enableLauncherDiscoveryListenerAutoRegistration(false)
            .build();
    try (LauncherSession session = LauncherFactory.openSession(alone)) {
      session
          .getLauncher()
          .execute(
              LauncherDiscoveryRequestBuilder.request().selectors(selector).build(),
              new Listener(ended));
    }
    return ended;
  }

  private static final class Listener implements TestExecutionListener {
    private final List<Ended> ended;
    private TestPlan plan;

    @SuppressWarnings("NullAway.Init") // the plan comes before any test
    Listener(List<Ended> ended) {
      this.ended = ended;
    }

    @Override
    public void testPlanExecutionStarted(TestPlan testPlan) {
      plan = testPlan;
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (test.isTest() || result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
        String group =
            Stream.of(test)
                .map(plan::getParent)
                .flatMap(Optional::stream)
                .map(TestIdentifier::getDisplayName)
                .findFirst()
                .orElse("");
        ended.add(new Ended(group, test.getDisplayName(), result));
      }
    }
  }
}
