package dev.capstan.core.decision;

/**
 * Names one try of a task on a node. A report with any other token than the present one is refused,
 * never merged.
 *
 * @param execution id
 * @param task the run of the task
 * @param attempt from 1; grows with every try
 * @param epoch of the session that it was dispatched through
 */
public record AttemptToken(String execution, long task, int attempt, long epoch) {}
