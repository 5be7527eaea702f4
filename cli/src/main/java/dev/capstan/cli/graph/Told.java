package dev.capstan.cli.graph;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.cli.terminal.Times;
import dev.capstan.core.placement.Condition;
import dev.capstan.dsl.model.Document;
import dev.capstan.dsl.model.DslDuration;
import dev.capstan.dsl.model.Interaction;
import dev.capstan.dsl.model.Parallel;
import dev.capstan.dsl.model.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** What a diagram says of {@code metadata.capstan}, which tells the engine more about a task. */
final class Told {
  private Told() {}

  /** Whether a person decides. */
  static boolean isHuman(Task task) {
    return task instanceof Task.Listen listen && listen.interaction() instanceof Interaction.Human;
  }

  /** A human task, and who decides it, as far as the definition says. */
  static String human(JsonNode human) {
    if (human.has("assignee")) {
      return "human task for " + Labels.written(human.path("assignee"));
    }
    JsonNode candidates = human.path("candidates");
    if (candidates.isArray()) {
      String names = list(candidates, ", ");
      return "human task for "
          + Labels.shortened(candidates.size() > 1 ? "one of " + names : names);
    }
    return candidates.isTextual()
        ? "human task for one of " + Labels.written(candidates)
        : "human task";
  }

  /** What the person is asked, and by when; nothing for what is no human task. */
  static List<String> question(Task task) {
    if (!isHuman(task)) {
      return List.of();
    }
    JsonNode human = task.header().told().path("human");
    List<String> lines = new ArrayList<>();
    lines.add(Labels.quoted(human.path("title")));
    JsonNode due = human.path("due");
    if (due.isTextual()) {
      lines.add("due within " + Labels.line(due.textValue()));
    } else if (due.isObject()) {
      lines.add("due within " + Times.exact(DslDuration.parse(due).duration()));
    }
    return lines;
  }

  /** How the iterations of a loop run beside each other. */
  static List<String> parallel(Parallel parallel) {
    return List.of(
        parallel.width() == 1 ? "one at a time" : "at most " + parallel.width() + " at a time",
        parallel.collects() ? "errors are collected" : "an error ends the loop");
  }

  /** What the task needs of the node that runs it, and its deadline. */
  static List<String> limits(Task task) {
    List<String> lines = new ArrayList<>();
    JsonNode told = task.header().told();
    if (isPlaced(task) && told.has("require")) {
      lines.add("needs " + Labels.shortened(needs(told.path("require"))));
    }
    if (isPlaced(task) && told.has("node")) {
      lines.add("on node " + Labels.line(told.path("node").asText()));
    }
    lines.addAll(deadline(told));
    return lines;
  }

  /** The deadline among the settings of a task or of a definition; nothing without one. */
  static List<String> deadline(JsonNode told) {
    JsonNode deadline = told.path("deadline");
    return deadline.isTextual() ? List.of("deadline " + Labels.written(deadline)) : List.of();
  }

  /** Whether a node runs it; of others it does not matter what is required. */
  private static boolean isPlaced(Task task) {
    return switch (task) {
      case Task.Call _, Task.Run _, Task.Subscribe _ -> true;
      case Task.Extended extended -> isPlaced(extended.task());
      case Task.Do _,
          Task.For _,
          Task.Fork _,
          Task.Try _,
          Task.Switch _,
          Task.Set _,
          Task.Raise _,
          Task.Wait _,
          Task.Emit _,
          Task.Listen _,
          Task.CallFunction _,
          Task.RunWorkflow _ ->
          false;
    };
  }

  private static String needs(JsonNode require) {
    return require.properties().stream()
        .map(label -> Condition.of(label.getValue()).inWords(label.getKey()))
        .collect(Collectors.joining(", "));
  }

  private static String list(JsonNode values, String between) {
    return StreamSupport.stream(values.spliterator(), false)
        .map(JsonNode::asText)
        .map(Labels::enclosed)
        .collect(Collectors.joining(between));
  }

  /** Whether the task ends the execution, which goes on as a new one. */
  static boolean continues(Task.RunWorkflow task) {
    return task.header().told().path("continueAsNew").asBoolean(false);
  }

  /** Which workflow the execution goes on as. */
  static String successor(Task.RunWorkflow task) {
    JsonNode workflow = workflow(task);
    String version = workflow.path("version").asText("latest");
    return "continue as "
        + Labels.line(
            Labels.enclosed(workflow.path("namespace").asText())
                + "/"
                + Labels.enclosed(workflow.path("name").asText())
                + "@"
                + Labels.enclosed(version));
  }

  /** Whether the execution goes on as one of the same workflow, whatever its version. */
  static boolean isAgain(Task.RunWorkflow task, Document document) {
    JsonNode workflow = workflow(task);
    return workflow.path("namespace").asText().equals(document.namespace())
        && workflow.path("name").asText().equals(document.name());
  }

  private static JsonNode workflow(Task.RunWorkflow task) {
    return task.header().source().path("run").path("workflow");
  }
}
