package dev.capstan.core.decision;

import dev.capstan.dsl.model.TaskList;

/**
 * Something that a decision still has to do. Steps name runs by id, since a run may be gone when
 * its step comes up.
 */
sealed interface Step {

  /** Create and begin the task at {@code position} of {@code list} inside {@code parent}. */
  record Enter(long parent, TaskList list, int position, int iteration) implements Step {}

  /** Begin a run that was created, or is to run again. */
  record Begin(long run) implements Step {}

  /**
   * Go on inside {@code parent} after the task in it that ended last; in a parallel loop, with the
   * iterations that have not begun.
   */
  record Proceed(long parent) implements Step {}
}
