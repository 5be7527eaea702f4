package dev.capstan.core.history;

/**
 * The execution that goes on as another one.
 *
 * @param execution its id
 * @param task the task in it that says so
 * @param first the id of the first execution of the chain, which is the one that others know
 */
public record Predecessor(String execution, long task, String first) {}
