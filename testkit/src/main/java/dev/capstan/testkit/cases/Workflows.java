package dev.capstan.testkit.cases;

import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.ExternalSchema;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a test file is about.
 *
 * @param tested the workflow that runs
 * @param others those that it may start
 */
record Workflows(Definition tested, List<Definition> others) {
  Workflows {
    others = List.copyOf(others);
  }

  /** All tasks of all definitions, those of functions too. */
  List<Task> tasks() {
    List<Task> tasks = new ArrayList<>();
    Stream.concat(Stream.of(tested), others.stream())
        .forEach(definition -> {
          collect(definition.tasks(), tasks);
          definition.use().functions().values().forEach(list -> collect(list, tasks));
        });
    return tasks;
  }

  /** The schemas that are fetched for all of them. */
  List<ExternalSchema> schemas() {
    List<ExternalSchema> schemas = new ArrayList<>(ExternalSchema.of(tested));
    others.forEach(definition -> schemas.addAll(ExternalSchema.of(definition)));
    tasks().forEach(task -> schemas.addAll(ExternalSchema.of(task)));
    return schemas;
  }

  /** Whether tasks run that no definition here shows. */
  boolean fetchFunctions() {
    return tasks().stream().anyMatch(Workflows::isFetched);
  }

  /** Whether a node runs the task, so that something must answer for it. */
  static boolean needsNode(Task task) {
    return task instanceof Task.Call
        || task instanceof Task.Subscribe
        || task instanceof Task.Run
        || isFetched(task);
  }

  private static boolean isFetched(Task task) {
    return task instanceof Task.CallFunction call && call.source() != null;
  }

  private static void collect(TaskList list, List<Task> tasks) {
    for (Task task : list.tasks()) {
      tasks.add(task);
      task.writtenLists().forEach(inner -> collect(inner, tasks));
    }
  }
}
