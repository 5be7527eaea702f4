package dev.capstan.dsl.check;

import static dev.capstan.dsl.check.FieldsBuilder.object;

import dev.capstan.dsl.check.Shape.Choice;
import dev.capstan.dsl.check.Shape.Either;
import dev.capstan.dsl.check.Shape.ListOf;
import dev.capstan.dsl.check.Shape.MapOf;
import dev.capstan.dsl.check.Shape.Whole;
import java.util.List;

/**
 * What a task may say to the engine under {@code metadata.capstan}. Ours, not the specification's:
 * nobody else reads it, so whatever is not known is a mistake.
 */
final class EngineGrammar {
  private EngineGrammar() {}

  private static final Shape NAME = new Shape.Literal(Shape.Literal.Kind.NAME);
  private static final Shape VALUE = new Shape.Literal(Shape.Literal.Kind.VALUE);
  private static final Shape AMOUNT = new Shape.Literal(Shape.Literal.Kind.AMOUNT);
  private static final Shape SPAN = new Shape.Literal(Shape.Literal.Kind.SPAN);
  private static final Shape VALUES = new ListOf("a list of values", VALUE, 1);

  private static final Shape REQUIREMENT = either(condition("a requirement").build());
  private static final Shape PREFERENCE =
      either(condition("a preference").optional("weight", new Whole(1, 100)).build());

  private static FieldsBuilder condition(String noun) {
    return object(noun)
        .optional("is", new Either("a value or a list of values", List.of(VALUE, VALUES)))
        .optional("exists", new Shape.Flag())
        .optional("atLeast", AMOUNT)
        .optional("atMost", AMOUNT)
        .atLeast(1);
  }

  private static Shape either(Shape.Fields condition) {
    return new Either(
        "a value, a list of values, or an object with is, exists, atLeast or atMost",
        List.of(VALUE, VALUES, condition));
  }

  static final Shape.Fields TASK =
      object("the engine's settings of a task")
          .optional("require", new MapOf("an object of labels", REQUIREMENT))
          .optional("prefer", new MapOf("an object of labels", PREFERENCE))
          .optional("spread", NAME)
          .optional("node", NAME)
          .optional("priority", new Whole(-100, 100))
          .optional("key", NAME)
          .optional(
              "concurrency",
              object("a concurrency limit")
                  .required("key", NAME)
                  .required("limit", new Whole(1, 1_000_000))
                  .build())
          .optional(
              "rate",
              object("a rate limit")
                  .required("key", NAME)
                  .required("limit", new Whole(1, 1_000_000))
                  .required("per", SPAN)
                  .build())
          .optional("queueTimeout", SPAN)
          .optional("recovery", new Choice(List.of("reassign", "retry_same_node", "fail")))
          .optional("recoveryTimeout", SPAN)
          .build();
}
