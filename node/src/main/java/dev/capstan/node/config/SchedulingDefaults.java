package dev.capstan.node.config;

import dev.capstan.core.decision.WaitingRules;
import dev.capstan.core.placement.Strategy;

/**
 * What holds in a cluster for tasks that say nothing else.
 *
 * @param strategy which of several nodes that could take a task gets it
 * @param waiting how long a task waits for a node, and what becomes of it when that is lost
 */
public record SchedulingDefaults(Strategy strategy, WaitingRules waiting) {

  /** The least loaded node, and another one when it is lost. */
  public static final SchedulingDefaults DEFAULT = of(NodeConfig.ofDefaults());

  /** What a configuration file says. */
  public static SchedulingDefaults of(NodeConfig config) {
    NodeConfig.Scheduling scheduling = config.scheduling();
    NodeConfig.FailureDetection detection = config.failureDetection();
    return new SchedulingDefaults(
        Strategy.of(Form.word(scheduling.strategy()), scheduling.strategyLabel()),
        new WaitingRules(
            scheduling.queueTimeout(), detection.recoveryStrategy(), detection.recoveryTimeout()));
  }
}
