package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.jq.JqLimits;

/**
 * What is the same for every decision of a process.
 *
 * @param expressionLimits what one expression may cost
 * @param secrets what {@code $secrets} shows
 * @param runtime the value of {@code $runtime}: name, version, metadata
 * @param stepsPerDecision how many steps one execution may take before the others have their turn
 * @param eventsPerExecution how long a history may grow before its execution is faulted
 * @param waiting what holds for tasks that wait for nodes or lost theirs
 */
public record Settings(
    JqLimits expressionLimits,
    SecretSource secrets,
    JsonNode runtime,
    int stepsPerDecision,
    long eventsPerExecution,
    WaitingRules waiting) {
  public Settings {
    if (stepsPerDecision < 1 || eventsPerExecution < stepsPerDecision) {
      throw new IllegalArgumentException(
          "an execution needs at least one step a decision and a history that holds one decision");
    }
  }

  /** Settings with the usual rules of waiting. */
  public Settings(
      JqLimits expressionLimits,
      SecretSource secrets,
      JsonNode runtime,
      int stepsPerDecision,
      long eventsPerExecution) {
    this(
        expressionLimits,
        secrets,
        runtime,
        stepsPerDecision,
        eventsPerExecution,
        WaitingRules.DEFAULT);
  }
}
