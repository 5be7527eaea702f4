package dev.capstan.core.history;

import org.jspecify.annotations.Nullable;

/**
 * The task that started an execution with {@code run: workflow}.
 *
 * @param execution the parent's id
 * @param task the task instance in the parent
 * @param awaited whether the parent waits for the end
 * @param depth how many executions there are around the child: 1 where the parent has no parent; 0
 *     where it was not counted
 */
public record ParentReference(String execution, long task, boolean awaited, int depth) {
  /**
   * To a task that starts an execution.
   *
   * @param around what the parent was started by; null for a parent that a client started
   */
  public static ParentReference of(
      @Nullable ParentReference around, String execution, long task, boolean awaited) {
    return new ParentReference(execution, task, awaited, around == null ? 1 : around.depth() + 1);
  }

  /** To a task that hears something, whatever is around it. */
  public ParentReference(String execution, long task, boolean awaited) {
    this(execution, task, awaited, 0);
  }
}
