package dev.capstan.core.history;

/**
 * The task that started an execution with {@code run: workflow}.
 *
 * @param execution the parent's id
 * @param task the task instance in the parent
 * @param awaited whether the parent waits for the end
 */
public record ParentReference(String execution, long task, boolean awaited) {}
