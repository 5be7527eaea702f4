package dev.capstan.dsl.model;

import java.util.List;
import java.util.Map;

/**
 * Tasks in order. {@code reference} is the JSON pointer of the list; a branch list of a fork is one
 * too.
 */
public record TaskList(String reference, List<Task> tasks) {
  public TaskList {
    tasks = List.copyOf(tasks);
  }

  /** Puts its tasks, and those inside of them, into a map by their reference. */
  public void indexInto(Map<String, Task> tasksByReference) {
    for (Task task : tasks) {
      tasksByReference.put(task.header().reference(), task);
      if (task instanceof Task.For loop && loop.parallel() != null) {
        tasksByReference.put(loop.body().reference(), loop.iteration());
      }
      task.taskLists().forEach(inner -> inner.indexInto(tasksByReference));
      Task.Do compensation = task.header().compensation();
      if (compensation != null) {
        tasksByReference.put(compensation.header().reference(), compensation);
        compensation.tasks().indexInto(tasksByReference);
      }
    }
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
