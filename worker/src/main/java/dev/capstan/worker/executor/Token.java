package dev.capstan.worker.executor;

/**
 * Names one attempt; a report under any other token is refused.
 *
 * @param execution id of the execution
 * @param task number of the task in its execution
 * @param attempt number of the attempt of the task
 * @param epoch of the session that dispatched it
 */
public record Token(String execution, long task, int attempt, long epoch) {}
