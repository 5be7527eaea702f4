package dev.capstan.server.partition;

import java.util.List;

/**
 * What a piece of the always-on check has found.
 *
 * @param checked how many executions it was to look at
 * @param violations sentences
 * @param unknown ids of those that are not in memory and came without their state
 */
public record OwnershipFindings(int checked, List<String> violations, List<String> unknown) {
  public OwnershipFindings {
    violations = List.copyOf(violations);
    unknown = List.copyOf(unknown);
  }
}
