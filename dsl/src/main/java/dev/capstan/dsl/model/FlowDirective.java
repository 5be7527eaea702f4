package dev.capstan.dsl.model;

/** Where the flow goes after a task (specification: Flow Directives). */
public sealed interface FlowDirective {

  /** On with the next task of the list; at its end the scope completes. */
  record Continue() implements FlowDirective {}

  /** The current scope completes; in the top level that completes the execution. */
  record Exit() implements FlowDirective {}

  /** The execution completes, from any depth. */
  record End() implements FlowDirective {}

  /** On with a task of the same list. */
  record GoTo(String task) implements FlowDirective {}

  /** The directive that {@code text} names. */
  static FlowDirective of(String text) {
    return switch (text) {
      case "continue" -> new Continue();
      case "exit" -> new Exit();
      case "end" -> new End();
      default -> new GoTo(text);
    };
  }
}
