package dev.capstan.testkit.cases;

import java.time.Duration;
import java.util.List;

/**
 * What became of a case.
 *
 * @param differences between what came out and what the case says; empty when it passed
 * @param took how long the execution took in virtual time
 */
public record CaseResult(List<Difference> differences, Duration took) {
  public CaseResult {
    differences = List.copyOf(differences);
  }

  /** Whether all that the case says came true. */
  public boolean passed() {
    return differences.isEmpty();
  }
}
