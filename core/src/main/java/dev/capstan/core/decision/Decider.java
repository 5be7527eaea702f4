package dev.capstan.core.decision;

import dev.capstan.core.execution.Execution;
import java.util.List;

/**
 * What happens next in an execution. A function of state, command and moment: no clock, no chance,
 * no I/O. The events that it answers with have already been applied to the state it was given.
 */
public final class Decider {
  private final Settings settings;

  /** A decider for one process. Stateless; may be shared. */
  public Decider(Settings settings) {
    this.settings = settings;
  }

  /**
   * Decides one command.
   *
   * @param execution the present state; afterwards it includes the events of the decision
   */
  public Decision decide(Execution execution, Command command, Moment moment) {
    throw new UnsupportedOperationException(
        settings + " " + execution + " " + command + " " + moment);
  }

  /**
   * What has to be done for a running execution by a leader that has just taken over: the effects
   * of decisions that may not have been carried out. Attempts on nodes are not among them: they run
   * on, and come back by report or by the loss of their node.
   */
  public List<Effect> pending(Execution execution, Moment moment) {
    throw new UnsupportedOperationException(settings + " " + execution + " " + moment);
  }
}
