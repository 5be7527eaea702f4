package dev.capstan.core.migration;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.execution.Undoable;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Extension;
import dev.capstan.dsl.model.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What moving an execution to another definition means: whether it can move as it stands, and what
 * changes. What has ended is history and does not matter; what is under way must have its
 * counterpart, and what it has done so far must still mean something there.
 *
 * @param from what it runs
 * @param to what it would run
 * @param problems why it can't move; empty if it can
 * @param changes what changes from where it stands on, in the order of its runs
 * @param moved where tasks and extensions that count for it would stand, by where they stand, as
 *     far as that differs
 */
public record Plan(
    WorkflowReference from,
    WorkflowReference to,
    List<Problem> problems,
    List<Change> changes,
    Map<String, String> moved) {
  public Plan {
    problems = List.copyOf(problems);
    changes = List.copyOf(changes);
    moved = new LinkedHashMap<>(moved);
  }

  /**
   * Plans the move of an execution that has begun. Changes nothing.
   *
   * @param given which tasks stand for which where their names don't say it: JSON pointers in
   *     {@code to} by pointers in the present definition
   */
  public static Plan of(Execution execution, Definition to, Map<String, String> given) {
    Definition from = execution.definition();
    WorkflowReference present = Objects.requireNonNull(execution.workflow(), "it has begun");
    WorkflowReference wanted = WorkflowReference.to(to);
    if (present.equals(wanted)) {
      return new Plan(present, wanted, List.of(), List.of(), Map.of());
    }
    Counterparts counterparts = new Counterparts(from, to, given);
    Standing standing = new Standing(execution, to, counterparts);
    List<Problem> problems = new ArrayList<>();
    if (!present.namespace().equals(wanted.namespace()) || !present.name().equals(wanted.name())) {
      problems.add(
          new Problem("/document", "it runs another workflow, " + present.qualifiedName()));
    }
    given.forEach((old, fresh) -> {
      Task counterpart = counterparts.task(old);
      if (counterpart == null || !counterpart.header().reference().equals(fresh)) {
        problems.add(
            new Problem(
                old,
                "it is said to be "
                    + fresh
                    + ", and no task there stands in the list for its own"));
      }
    });
    problems.addAll(standing.problems());
    return new Plan(
        present,
        wanted,
        problems,
        problems.isEmpty() ? new Outlook(execution, counterparts).changes() : List.of(),
        problems.isEmpty() ? relevant(execution, counterparts.moved()) : Map.of());
  }

  /** Whether it can move. */
  public boolean canMove() {
    return problems.isEmpty();
  }

  /** Whether it runs that definition already. */
  public boolean isThere() {
    return from.equals(to);
  }

  /** The first reason why it can't move, as a sentence. */
  public String firstProblem() {
    return problems.getFirst()
        + (problems.size() == 1 ? "" : ", and " + (problems.size() - 1) + " more");
  }

  /**
   * Without tasks that mean nothing to it any more, or not yet. A {@code try} that may run its body
   * again knows every task inside by where it stood.
   */
  private static Map<String, String> relevant(Execution execution, Map<String, String> moved) {
    if (execution.runs().stream().anyMatch(run -> run.progress() instanceof Progress.Attempts)) {
      return moved;
    }
    Map<String, String> relevant = new LinkedHashMap<>();
    for (TaskRun run : execution.runs()) {
      keep(run.reference(), moved, relevant);
      for (Undoable undoable : run.remembered()) {
        keep(undoable.task().header().reference(), moved, relevant);
      }
      Task last = run.lastChild();
      if (last != null) {
        keep(last.header().reference(), moved, relevant);
      }
      if (run.task() instanceof Task.Extended extended) {
        for (Extension extension : extended.extensions()) {
          keep(extension.reference(), moved, relevant);
        }
      }
      if (run.task() instanceof Task.Fork fork) {
        fork.branches().tasks().forEach(task -> keep(task.header().reference(), moved, relevant));
      }
    }
    return relevant;
  }

  private static void keep(
      String reference, Map<String, String> moved, Map<String, String> relevant) {
    String now = moved.get(reference);
    if (now != null) {
      relevant.put(reference, now);
    }
  }
}
