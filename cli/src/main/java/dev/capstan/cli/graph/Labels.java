package dev.capstan.cli.graph;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.model.Catch;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.ErrorFilter;
import dev.capstan.dsl.model.EventStrategy;
import dev.capstan.dsl.model.Extension;
import dev.capstan.dsl.model.Interaction;
import dev.capstan.dsl.model.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What is written in nodes, on frames and along edges. */
final class Labels {
  /** Names stand in full, so that they can be found; expressions are only to be recognized. */
  private static final int LONGEST_EXPRESSION = 48;

  private Labels() {}

  /** One line without characters that do not show or that turn the direction of the text. */
  static String line(String text) {
    return text.codePoints()
        .mapToObj(Labels::shown)
        .collect(Collectors.joining())
        .strip()
        .replaceAll(" {2,}", " ");
  }

  private static String shown(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          " ";
      default -> Character.toString(character);
    };
  }

  static String expression(Expression expression) {
    return shortened(expression.text());
  }

  /** A text of the definition, without what marks it as an expression. */
  static String written(JsonNode text) {
    return shortened(enclosed(text.asText()));
  }

  /** The same; between quotation marks unless it is an expression. */
  static String quoted(JsonNode text) {
    String whole = text.asText();
    return Expression.isEnclosed(whole) ? written(text) : '"' + shortened(whole) + '"';
  }

  /** The expression in a text that is one, else the text. */
  static String enclosed(String text) {
    String stripped = text.strip();
    return Expression.isEnclosed(stripped)
        ? stripped.substring(2, stripped.length() - 1).strip()
        : text;
  }

  static String shortened(String text) {
    String line = line(text);
    return line.codePointCount(0, line.length()) <= LONGEST_EXPRESSION
        ? line
        : line.substring(0, line.offsetByCodePoints(0, LONGEST_EXPRESSION - 1)) + "…";
  }

  static String choice(Task.Switch.Case choice) {
    String name = line(choice.name());
    return choice.when() == null ? name : name + ": " + expression(choice.when());
  }

  /** The kind of a task, as its definition calls it. */
  static String kind(Task task) {
    return switch (task) {
      case Task.Do _ -> "do";
      case Task.Set _ -> "set";
      case Task.Switch _ -> "switch";
      case Task.For _ -> "for";
      case Task.Fork fork -> fork.compete() ? "fork, the first wins" : "fork";
      case Task.Try _ -> "try";
      case Task.Raise _ -> "raise";
      case Task.Wait _ -> "wait";
      case Task.Emit _ -> "emit";
      case Task.Listen listen -> listen(listen);
      case Task.Subscribe _ -> "subscribe to messages";
      case Task.Call call -> "call " + line(call.header().source().path("call").asText());
      case Task.CallFunction call -> "call " + line(call.function());
      case Task.Run run -> "run " + line(run.kind());
      case Task.RunWorkflow _ -> "run workflow";
      case Task.Extended extended -> kind(extended.task());
    };
  }

  /** What an extension is for. */
  static List<String> extension(Extension extension) {
    List<String> lines = new ArrayList<>();
    lines.add("extends " + line(extension.extend()));
    if (extension.when() != null) {
      lines.add("when " + expression(extension.when()));
    }
    return lines;
  }

  private static String listen(Task.Listen task) {
    return switch (task.interaction()) {
      case Interaction.Human _ -> Told.human(task.header().told().path("human"));
      case Interaction.Update update -> "update " + line(update.name());
      case null -> "listen to " + events(task.to());
    };
  }

  private static String events(EventStrategy strategy) {
    return switch (strategy) {
      case EventStrategy.One _ -> "one";
      case EventStrategy.All _ -> "all";
      case EventStrategy.Any _ -> "any";
    };
  }

  static String frame(Task task) {
    List<String> parts = new ArrayList<>();
    parts.add(kind(task));
    parts.addAll(Told.limits(task));
    return line(task.name()) + " · " + String.join(", ", parts);
  }

  /** The frame around what undoes a task. */
  static String undoing(Task task) {
    return line(task.name()) + " · compensate";
  }

  /** A task that is one node. */
  static List<String> step(Task task, String kind) {
    List<String> lines = new ArrayList<>();
    lines.add(line(task.name()));
    lines.add(kind);
    lines.addAll(Told.question(task));
    lines.addAll(Told.limits(task));
    return lines;
  }

  /** Where the flow begins. */
  static List<String> start(Definition definition) {
    List<String> lines = new ArrayList<>();
    lines.add("start");
    lines.addAll(Told.deadline(definition.source().at("/document/metadata/capstan")));
    return lines;
  }

  static List<String> loop(Task.For loop) {
    List<String> lines = new ArrayList<>();
    lines.add("each " + line(loop.each()));
    JsonNode in = loop.header().source().at("/for/in");
    if (in.isTextual()) {
      lines.add("in " + written(in));
    }
    if (loop.parallel() != null) {
      lines.addAll(Told.parallel(loop.parallel()));
    }
    if (loop.whileCondition() != null) {
      lines.add("while " + expression(loop.whileCondition()));
    }
    return lines;
  }

  static List<String> handler(Catch handler) {
    List<String> lines = new ArrayList<>();
    lines.add("catch");
    ErrorFilter filter = handler.filter();
    if (filter != null) {
      String type = filter.type() == null ? "" : filter.type();
      String status = filter.status() == null ? "" : " " + filter.status();
      String text = line(type.substring(type.lastIndexOf('/') + 1) + status);
      if (!text.isEmpty()) {
        lines.add(shortened(text));
      }
    }
    if (handler.when() != null) {
      lines.add("when " + expression(handler.when()));
    }
    if (handler.exceptWhen() != null) {
      lines.add("except when " + expression(handler.exceptWhen()));
    }
    return lines;
  }
}
