package dev.capstan.dsl.check;

import java.util.ArrayList;
import java.util.List;

/**
 * What is known around a value: which variables its expressions see, and which tasks a flow
 * directive can name.
 *
 * @param place where expressions stand
 * @param variables of the loops and catches around it
 * @param anyVariable whether other variables are fine too, because the value is used elsewhere
 * @param siblings names of the tasks in the innermost list
 * @param inBranches whether that list is the branches of a fork
 * @param depth how many tasks are around it
 * @param quiet whether texts with a part that looks like an expression are usual here
 */
record Context(
    Availability place,
    List<String> variables,
    boolean anyVariable,
    List<String> siblings,
    boolean inBranches,
    int depth,
    boolean quiet) {

  /** Changes the context for a property of an object. */
  @FunctionalInterface
  interface Step {
    Context apply(Context outer, com.fasterxml.jackson.databind.JsonNode owner);
  }

  static final Context WORKFLOW =
      new Context(Availability.WORKFLOW, List.of(), false, List.of(), false, 0, false);

  Context at(Availability other) {
    return new Context(other, variables, anyVariable, siblings, inBranches, depth, quiet);
  }

  /** For parts under {@code use}, whose users may have variables of their own. */
  Context reusable() {
    return new Context(
        Availability.TASK_EXPORT, variables, true, siblings, inBranches, depth, quiet);
  }

  Context with(String... names) {
    List<String> more = new ArrayList<>(variables);
    more.addAll(List.of(names));
    return new Context(place, more, anyVariable, siblings, inBranches, depth, quiet);
  }

  /** Inside a list of tasks. */
  Context inList(List<String> names, boolean branches) {
    return new Context(
        Availability.TASK, variables, anyVariable, names, branches, depth + 1, quiet);
  }

  /** In a function: it sees no variables of those who call it, and no task beside it. */
  Context inFunction() {
    return new Context(Availability.TASK, List.of(), false, List.of(), false, depth + 1, quiet);
  }

  Context quietly() {
    return new Context(place, variables, anyVariable, siblings, inBranches, depth, true);
  }
}
