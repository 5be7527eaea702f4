package dev.capstan.cli.live;

import org.jspecify.annotations.Nullable;

/** What a run of a task is called where runs are told to people. */
public final class RunName {
  /** Where what undoes a task stands in it; the same in no other reference. */
  private static final String UNDOING = "/metadata/capstan/compensate";

  private RunName() {}

  /**
   * The task's name. A run that undoes another task has none of its own, so it is called after that
   * one: {@code undo reserve}.
   *
   * @param task the name that the engine says
   * @param reference its JSON pointer in the definition; null when that is not known
   */
  public static String of(String task, @Nullable String reference) {
    if (reference == null || !reference.endsWith(UNDOING)) {
      return task;
    }
    String undone = reference.substring(0, reference.length() - UNDOING.length());
    String name = undone.substring(undone.lastIndexOf('/') + 1);
    return "undo " + name.replace("~1", "/").replace("~0", "~");
  }
}
