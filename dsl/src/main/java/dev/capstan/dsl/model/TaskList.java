package dev.capstan.dsl.model;

import java.util.List;

/**
 * Tasks in order. {@code reference} is the JSON pointer of the list; a branch list of a fork is one
 * too.
 */
public record TaskList(String reference, List<Task> tasks) {
  public TaskList {
    tasks = List.copyOf(tasks);
  }

  /** The position of the task called {@code name}, or -1. */
  public int indexOf(String name) {
    for (int i = 0; i < tasks.size(); i++) {
      if (tasks.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }
}
