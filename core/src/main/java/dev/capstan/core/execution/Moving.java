package dev.capstan.core.execution;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Extension;
import dev.capstan.dsl.model.Task;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Folds the move of an execution to another definition: every run gets the task that stands for its
 * own there, and what is counted by position is counted by the new positions. A part of {@link
 * Fold}: which task stands for which was decided before, and is in the event.
 */
final class Moving {
  private final Execution execution;
  private final Definition from;
  private final Definition to;
  private final Map<String, String> moved;

  private Moving(Execution execution, Definition from, Definition to, Map<String, String> moved) {
    this.execution = execution;
    this.from = from;
    this.to = to;
    this.moved = moved;
  }

  static void apply(Execution execution, Event.ExecutionMigrated event) {
    Definition to = execution.source.byHash(event.to().hash());
    Definition from = execution.definition();
    execution.workflow = event.to();
    execution.turnTo(to, origins(execution, event.moved()));
    Moving moving = new Moving(execution, from, to, event.moved());
    execution.runs.all().forEach(moving::move);
  }

  /**
   * Where tasks stood that have moved since the execution began: keys of idempotency go by that, so
   * that a retry after the move has the key of the try before it.
   */
  private static Map<String, String> origins(Execution execution, Map<String, String> moved) {
    Map<String, String> origins = new LinkedHashMap<>(execution.origins());
    moved.keySet().forEach(origins::remove);
    moved.forEach((from, now) -> origins.put(now, execution.origin(from)));
    origins.entrySet().removeIf(entry -> entry.getKey().equals(entry.getValue()));
    return origins;
  }

  private String now(String reference) {
    return moved.getOrDefault(reference, reference);
  }

  /** A run after the one around it. */
  private void move(TaskRun run) {
    Task before = run.task;
    TaskRun parent = run.parent();
    run.task =
        parent == null ? Fold.rootTask(to) : taskIn(parent, now(before.header().reference()));
    if (before instanceof Task.Extended extended) {
      run.task = Task.Extended.of(run.task, extensions(extended));
    }
    Schemas.move(run, before, from, to);
    if (run.progress instanceof Progress.Branches branches
        && before instanceof Task.Fork old
        && run.task instanceof Task.Fork fork) {
      run.progress = byPosition(branches, old, fork);
    }
    run.remembered.replaceAll(this::promised);
    Task last = run.lastChild;
    if (last != null) {
      run.lastChild = taskIn(run, now(last.header().reference()));
    }
  }

  /** What undoes it is the same, and stands elsewhere perhaps. */
  private Undoable promised(Undoable undoable) {
    return new Undoable(
        undoable.order(),
        undoable.place(),
        execution.task(now(undoable.task().header().reference())),
        undoable.input(),
        undoable.output(),
        undoable.startedAt());
  }

  private Task taskIn(TaskRun parent, String reference) {
    return parent.task() instanceof Task.Extended around && !parent.isExtensionTask(reference)
        ? around.task()
        : execution.task(reference);
  }

  private List<Extension> extensions(Task.Extended extended) {
    return extended.extensions().stream().map(old -> extension(now(old.reference()))).toList();
  }

  private Extension extension(String reference) {
    for (Extension extension : to.use().extensions()) {
      if (extension.reference().equals(reference)) {
        return extension;
      }
    }
    throw new IllegalStateException("there is no extension at " + reference);
  }

  private Progress.Branches byPosition(Progress.Branches before, Task.Fork old, Task.Fork fork) {
    List<Task> branches = fork.branches().tasks();
    Progress.Branches after = new Progress.Branches(branches.size());
    for (int i = 0; i < before.count(); i++) {
      JsonNode output = before.output(i);
      if (output != null) {
        String reference = now(old.branches().tasks().get(i).header().reference());
        int position = execution.task(reference).header().position();
        after.outputs[position] = output;
        after.skipped.set(position, before.isSkipped(i));
        after.done++;
      }
    }
    return after;
  }
}
