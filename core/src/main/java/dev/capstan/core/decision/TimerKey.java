package dev.capstan.core.decision;

/** A timer of an execution; there is at most one of each kind a task. */
public record TimerKey(Kind kind, long task) {

  /** What happens when it fires. */
  public enum Kind {
    /** A {@code wait} ends. */
    WAIT,
    /** The task's timeout. */
    TASK_TIMEOUT,
    /** The timeout of one run of a {@code try}. */
    ATTEMPT_TIMEOUT,
    /** A back-off ends. */
    RETRY,
    /** The execution's timeout. */
    EXECUTION_TIMEOUT,
    /** The execution goes on after it has used up its share of one turn. */
    CONTINUE,
    /** A task has waited for a node for as long as it may. */
    QUEUE_TIMEOUT,
    /** A task has waited for the node that it had for as long as it is to. */
    RECOVERY_TIMEOUT,
    /** A subscription has consumed messages for as long as it is to. */
    CONSUMPTION
  }
}
