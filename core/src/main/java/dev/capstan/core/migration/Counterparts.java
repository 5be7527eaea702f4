package dev.capstan.core.migration;

import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Extension;
import dev.capstan.dsl.model.ForEachEvent;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which task of a new definition stands for which of an old one: the one with the same name in the
 * list that stands for the old one's list. So inserting, removing and reordering steps keeps the
 * others what they are, and a name means what it meant. Where a task got another name, {@code
 * given} says so.
 */
final class Counterparts {
  private final Map<String, Task> tasks = new LinkedHashMap<>();
  private final Map<String, Extension> extensions = new LinkedHashMap<>();
  private final Map<String, TaskList> oldLists = new LinkedHashMap<>();
  private final Map<String, TaskList> newLists = new LinkedHashMap<>();
  private final Map<String, String> given;
  private final Set<String> claimed;

  /**
   * Compares two definitions.
   *
   * @param given pointers of tasks in {@code to} by pointers in {@code from}
   */
  Counterparts(Definition from, Definition to, Map<String, String> given) {
    this.given = given;
    this.claimed = new TreeSet<>(given.values());
    lists(from.tasks(), to.tasks());
    from.use()
        .functions()
        .forEach((name, function) -> {
          TaskList same = to.use().functions().get(name);
          if (same != null) {
            lists(function, same);
          }
        });
    extensions(from.use().extensions(), to.use().extensions());
  }

  /** The task that stands for the one at {@code reference}; null if none does. */
  @Nullable Task task(String reference) {
    return tasks.get(reference);
  }

  /** The extension that stands for the one at {@code reference}; null if none does. */
  @Nullable Extension extension(String reference) {
    return extensions.get(reference);
  }

  /** The list of the old definition that a task stands in; null if no list stands for that one. */
  @Nullable TaskList oldListOf(String reference) {
    return oldLists.get(reference);
  }

  /** The list of the new definition that a task stands in; null if it stands for none. */
  @Nullable TaskList newListOf(String reference) {
    return newLists.get(reference);
  }

  /** Everything that stands elsewhere, by where it stood; extensions are among it. */
  Map<String, String> moved() {
    Map<String, String> moved = new LinkedHashMap<>();
    tasks.forEach((from, to) -> put(moved, from, to.header().reference()));
    extensions.forEach((from, to) -> put(moved, from, to.reference()));
    return moved;
  }

  private static void put(Map<String, String> moved, String from, String to) {
    if (!from.equals(to)) {
      moved.put(from, to);
    }
  }

  private void lists(TaskList old, TaskList fresh) {
    fresh.tasks().forEach(task -> newLists.put(task.header().reference(), fresh));
    for (Task task : old.tasks()) {
      String reference = task.header().reference();
      oldLists.put(reference, old);
      Task counterpart = counterpart(task, fresh);
      if (counterpart != null) {
        tasks.put(reference, counterpart);
        inside(task, counterpart);
      }
    }
  }

  private @Nullable Task counterpart(Task task, TaskList fresh) {
    String wanted = given.get(task.header().reference());
    for (Task candidate : fresh.tasks()) {
      String reference = candidate.header().reference();
      boolean stands =
          wanted == null
              ? candidate.name().equals(task.name()) && !claimed.contains(reference)
              : reference.equals(wanted);
      if (stands) {
        return candidate;
      }
    }
    return null;
  }

  /** The lists inside of two tasks; those of unlike tasks have nothing to do with each other. */
  private void inside(Task old, Task fresh) {
    switch (old) {
      case Task.Do from when fresh instanceof Task.Do to -> lists(from.tasks(), to.tasks());
      case Task.For from when fresh instanceof Task.For to -> {
        if (from.parallel() != null && to.parallel() != null) {
          tasks.put(from.body().reference(), to.iteration());
        }
        lists(from.body(), to.body());
      }
      case Task.Fork from when fresh instanceof Task.Fork to ->
          lists(from.branches(), to.branches());
      case Task.Try from when fresh instanceof Task.Try to -> {
        lists(from.body(), to.body());
        bodies(from.handler().body(), to.handler().body());
      }
      case Task.Listen from when fresh instanceof Task.Listen to ->
          bodies(body(from.forEach()), body(to.forEach()));
      case Task.Subscribe from when fresh instanceof Task.Subscribe to ->
          bodies(body(from.forEach()), body(to.forEach()));
      case Task.Do _,
          Task.For _,
          Task.Fork _,
          Task.Try _,
          Task.Listen _,
          Task.Subscribe _,
          Task.Set _,
          Task.Switch _,
          Task.Raise _,
          Task.Wait _,
          Task.Emit _,
          Task.Call _,
          Task.CallFunction _,
          Task.Run _,
          Task.RunWorkflow _,
          Task.Extended _ -> {}
    }
  }

  private static @Nullable TaskList body(@Nullable ForEachEvent handler) {
    return handler == null ? null : handler.body();
  }

  private void bodies(@Nullable TaskList old, @Nullable TaskList fresh) {
    if (old != null && fresh != null) {
      lists(old, fresh);
    }
  }

  /** Several extensions may have one name: the first stands for the first, and so on. */
  private void extensions(List<Extension> old, List<Extension> fresh) {
    Map<String, Integer> seen = new LinkedHashMap<>();
    for (Extension extension : old) {
      int nth = seen.merge(extension.name(), 1, Integer::sum) - 1;
      List<Extension> named =
          fresh.stream().filter(other -> other.name().equals(extension.name())).toList();
      if (nth < named.size()) {
        extensions.put(extension.reference(), named.get(nth));
        lists(extension.before(), named.get(nth).before());
        lists(extension.after(), named.get(nth).after());
      }
    }
  }
}
