package dev.capstan.dsl.check;

import java.util.List;

/**
 * Where an expression stands, and which runtime arguments have a value there (specification: the
 * table of Runtime Expression Arguments).
 */
@SuppressWarnings("ImmutableEnumChecker") // lists made by List.of
enum Availability {
  WORKFLOW_INPUT("the workflow's input", List.of("secrets", "workflow", "runtime")),
  WORKFLOW("a workflow", List.of("context", "input", "secrets", "workflow", "runtime")),
  WORKFLOW_OUTPUT(
      "the workflow's output",
      List.of("context", "input", "output", "secrets", "workflow", "runtime")),
  TASK_IF("if", List.of("context", "secrets", "task", "workflow", "runtime")),
  TASK_INPUT("a task's input", List.of("context", "secrets", "task", "workflow", "runtime")),
  TASK(
      "a task",
      List.of("context", "input", "secrets", "authorization", "task", "workflow", "runtime")),
  /** What is said there is stored, so secrets are no part of it. */
  HUMAN("a human task", List.of("context", "input", "task", "workflow", "runtime")),
  QUERY("a query", List.of("context", "input", "workflow", "runtime")),
  TASK_OUTPUT(
      "a task's output",
      List.of("context", "input", "secrets", "authorization", "task", "workflow", "runtime")),
  TASK_EXPORT(
      "export",
      List.of(
          "context", "input", "output", "secrets", "authorization", "task", "workflow", "runtime"));

  /** All runtime arguments; no other variable may have such a name. */
  static final List<String> ARGUMENTS = TASK_EXPORT.arguments;

  private final String where;
  private final List<String> arguments;

  Availability(String where, List<String> arguments) {
    this.where = where;
    this.arguments = arguments;
  }

  /** For messages: in what it is. */
  String where() {
    return where;
  }

  List<String> arguments() {
    return arguments;
  }
}
