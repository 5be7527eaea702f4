package dev.capstan.dsl.check;

import static dev.capstan.dsl.check.FieldsBuilder.object;

import dev.capstan.dsl.check.Shape.Either;
import dev.capstan.dsl.check.Shape.Fields;
import java.util.List;

/** The part of the grammar about processes. */
final class RunGrammar {
  private RunGrammar() {}

  private static final Shape ARGUMENTS =
      new Either("a list of texts or an object", List.of(Grammar.TEXTS, Grammar.OBJECT));

  /** {@code after} is needed when the clean-up is {@code eventually}, and only then. */
  private static final Fields EVENTUAL_LIFETIME =
      object("a lifetime with cleanup: eventually")
          .required("cleanup", TaskGrammar.choiceOf("always", "never", "eventually"))
          .required("after", Grammar.DURATION)
          .build();

  private static final Fields OTHER_LIFETIME =
      object("a lifetime")
          .required("cleanup", TaskGrammar.choiceOf("always", "never", "eventually"))
          .build();

  private static final Shape CONTAINER =
      object("a container")
          .required("image", Grammar.TEXT)
          .optional("name", Grammar.TEXT)
          .optional("command", Grammar.TEXT)
          .optional("ports", Grammar.OBJECT)
          .optional("volumes", Grammar.OBJECT)
          .optional("environment", Grammar.OBJECT)
          .optional("stdin", Grammar.TEXT)
          .optional("arguments", ARGUMENTS)
          .optional(
              "lifetime",
              new Shape.ByValue("cleanup", "eventually", EVENTUAL_LIFETIME, OTHER_LIFETIME))
          .optional("pullPolicy", TaskGrammar.choiceOf("ifNotPresent", "always", "never"))
          .build();

  private static final Shape SCRIPT =
      object("a script")
          .required("language", Grammar.TEXT)
          .optional("stdin", Grammar.TEXT)
          .optional("arguments", ARGUMENTS)
          .optional("environment", Grammar.OBJECT)
          .optional("code", Grammar.TEXT)
          .optional("source", Grammar.RESOURCE)
          .exactlyOne("code", "source")
          .build();

  private static final Shape SHELL =
      object("a shell")
          .required("command", Grammar.TEXT)
          .optional("stdin", Grammar.TEXT)
          .optional("arguments", ARGUMENTS)
          .optional("environment", Grammar.OBJECT)
          .build();

  private static final Shape WORKFLOW =
      object("a workflow to run")
          .required("namespace", Grammar.TEXT)
          .required("name", Grammar.TEXT)
          .required("version", Grammar.TEXT)
          .optional("input", Grammar.OBJECT)
          .build();

  static final Fields TASK =
      TaskGrammar.task("run")
          .required(
              "run",
              object("run")
                  .optional("await", Grammar.FLAG)
                  .optional(
                      "return", TaskGrammar.choiceOf("stdout", "stderr", "code", "all", "none"))
                  .optional("container", CONTAINER)
                  .optional("script", SCRIPT)
                  .optional("shell", SHELL)
                  .optional("workflow", WORKFLOW)
                  .exactlyOne("container", "script", "shell", "workflow")
                  .build(),
              // In shells and scripts ${ } is their own syntax.
              (outer, owner) -> outer.quietly())
          .build();
}
