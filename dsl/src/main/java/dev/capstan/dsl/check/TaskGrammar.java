package dev.capstan.dsl.check;

import static dev.capstan.dsl.check.FieldsBuilder.object;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Shape.Choice;
import dev.capstan.dsl.check.Shape.Either;
import dev.capstan.dsl.check.Shape.Fields;
import dev.capstan.dsl.check.Shape.ListOf;
import dev.capstan.dsl.check.Shape.Named;
import dev.capstan.dsl.check.Shape.Others;
import dev.capstan.dsl.check.Shape.Text;
import dev.capstan.dsl.model.TaskKind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The part of the grammar about tasks. */
final class TaskGrammar {
  private TaskGrammar() {}

  /** What every task may have. */
  static final Fields BASE =
      object("a task")
          .optional("if", Grammar.EXPRESSION, (outer, owner) -> outer.at(Availability.TASK_IF))
          .optional("input", Grammar.INPUT, (outer, owner) -> outer.at(Availability.TASK_INPUT))
          .optional("output", Grammar.OUTPUT, (outer, owner) -> outer.at(Availability.TASK_OUTPUT))
          .optional("export", Grammar.EXPORT, (outer, owner) -> outer.at(Availability.TASK_EXPORT))
          .optional("timeout", Grammar.TIMEOUT)
          .optional("then", Grammar.DIRECTIVE)
          .optional("metadata", new Shape.Metadata(EngineGrammar.TASK))
          .build();

  private static final Context.Step INSIDE_LOOP =
      (outer, owner) ->
          outer.with(
              owner.path("for").path("each").asText("item"),
              owner.path("for").path("at").asText("index"));

  private static final Context.Step INSIDE_CATCH =
      (outer, owner) -> outer.with(owner.path("catch").path("as").asText("error"));

  private static final Map<TaskKind, Fields> KINDS = kinds();

  /** The shape of {@code task}, which is of {@code kind}. */
  static Fields of(TaskKind kind, JsonNode task) {
    Fields fields = KINDS.get(kind);
    return fields == null ? CallGrammar.of(task.path("call").asText()) : fields;
  }

  static FieldsBuilder task(String kind) {
    return object("a " + kind + " task").all(BASE);
  }

  private static Map<TaskKind, Fields> kinds() {
    Map<TaskKind, Fields> kinds = new EnumMap<>(TaskKind.class);
    kinds.put(TaskKind.DO, task("do").required("do", Grammar.TASKS).build());
    kinds.put(TaskKind.EMIT, task("emit").required("emit", EventGrammar.EMIT).build());
    kinds.put(TaskKind.FOR, loop());
    kinds.put(TaskKind.FORK, fork());
    kinds.put(TaskKind.LISTEN, listen());
    kinds.put(TaskKind.RAISE, raise());
    kinds.put(TaskKind.RUN, RunGrammar.TASK);
    kinds.put(
        TaskKind.SET,
        task("set")
            .required(
                "set",
                new Either(
                    "an object with at least one property, or an expression",
                    List.of(Grammar.TEXT, new Shape.FreeObject(1))))
            .build());
    kinds.put(TaskKind.SWITCH, choice());
    kinds.put(TaskKind.TRY, attempt());
    kinds.put(TaskKind.WAIT, task("wait").required("wait", Grammar.DURATION).build());
    return kinds;
  }

  private static Fields loop() {
    Shape items = new ListOf("a list of objects", Grammar.OBJECT, 0);
    return task("for")
        .required(
            "for",
            object("for")
                .optional("each", Grammar.VARIABLE)
                .required(
                    "in",
                    new Either(
                        "an expression or a list of objects", List.of(Grammar.EXPRESSION, items)))
                .optional("at", Grammar.VARIABLE)
                .build())
        .optional("while", Grammar.EXPRESSION, INSIDE_LOOP)
        .required("do", Grammar.TASKS, INSIDE_LOOP)
        .optional("metadata", new Shape.Metadata(EngineGrammar.LOOP))
        .build();
  }

  private static Fields fork() {
    return task("fork")
        .required(
            "fork",
            object("fork")
                .required("branches", new Shape.TaskList(true))
                .optional("compete", Grammar.FLAG)
                .build())
        .build();
  }

  private static Fields listen() {
    return task("listen")
        .required(
            "listen",
            object("listen")
                .required("to", EventGrammar.STRATEGY)
                .optional("read", Grammar.READ)
                .build())
        .optional("foreach", Grammar.ITERATOR, Grammar.INSIDE_ITERATOR)
        .build();
  }

  private static Fields raise() {
    return task("raise")
        .required(
            "raise",
            object("raise")
                .required(
                    "error",
                    new Either(
                        "the name of an error or an object with type and status",
                        List.of(new Text(TextRole.ERROR), Grammar.ERROR)))
                .build())
        .build();
  }

  private static Fields choice() {
    Shape branch =
        object("a case")
            .optional("when", Grammar.EXPRESSION)
            .required("then", Grammar.DIRECTIVE)
            .build();
    return task("switch")
        .required("switch", new ListOf("a list of cases", new Named("case", branch), 1))
        .build();
  }

  private static Fields attempt() {
    Shape filter =
        object("an error filter")
            .optional("type", Grammar.PLAIN)
            .optional("status", Grammar.WHOLE)
            .optional("instance", Grammar.PLAIN)
            .optional("title", Grammar.PLAIN)
            .optional("detail", Grammar.PLAIN)
            .others(Others.IGNORED)
            .atLeast(1)
            .build();
    return task("try")
        .required("try", Grammar.TASKS)
        .required(
            "catch",
            object("catch")
                .optional(
                    "errors",
                    object("errors").optional("with", filter).others(Others.IGNORED).build())
                .optional("as", Grammar.VARIABLE)
                .optional("when", Grammar.EXPRESSION)
                .optional("exceptWhen", Grammar.EXPRESSION)
                .optional("retry", Grammar.RETRY)
                .optional("do", Grammar.TASKS)
                .optional("then", Grammar.DIRECTIVE)
                .build(),
            INSIDE_CATCH)
        .build();
  }

  static Shape choiceOf(String... allowed) {
    return new Choice(List.of(allowed));
  }
}
