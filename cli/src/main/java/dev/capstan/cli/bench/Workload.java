package dev.capstan.cli.bench;

import java.util.Locale;

/** What is run. Every task does nothing, so that the engine alone is measured. */
enum Workload {
  W1("one task", 1),
  W2("ten tasks in sequence", 10),
  W3("fan-out of 100 tasks and join", 100),
  W4("10,000 timers", 0),
  W5("start call to task handler, idle engine", 1),
  W6("100,000 waiting executions, and new work beside them", 0);

  private static final String DOCUMENT =
      "document: {dsl: '1.0.3', namespace: bench, name: %s, version: '1.0.0'}\ndo:\n";

  private final String title;
  private final int tasks;

  Workload(String title, int tasks) {
    this.title = title;
    this.tasks = tasks;
  }

  String title() {
    return title;
  }

  /** Tasks on nodes in one execution. */
  int tasks() {
    return tasks;
  }

  /** The name of its definition in the namespace {@code bench}. */
  String definitionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The text of its definition. */
  String definition() {
    String start = DOCUMENT.formatted(definitionName());
    return switch (this) {
      case W1 -> start + call("task");
      case W2 -> start + sequence();
      case W3 -> start + fanOut();
      case W4 -> start + "  - pause: {wait: {seconds: " + Timers.WAIT_SECONDS + "}}\n";
      case W5 -> start + "  - task: {call: bench-probe}\n";
      case W6 -> start + "  - hear: {listen: {to: {one: {with: {type: bench.never}}}}}\n";
    };
  }

  private static String call(String name) {
    return "  - " + name + ": {call: 'capstan:noop', with: {output: '${ . }'}}\n";
  }

  private static String sequence() {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= 10; i++) {
      text.append(call("task" + i));
    }
    return text.toString();
  }

  private static String fanOut() {
    StringBuilder text = new StringBuilder("  - fan:\n      fork:\n        branches:\n");
    for (int i = 1; i <= 100; i++) {
      text.append("        ").append(call("task" + i));
    }
    return text.toString();
  }
}
