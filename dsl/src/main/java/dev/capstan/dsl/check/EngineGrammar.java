package dev.capstan.dsl.check;

import static dev.capstan.dsl.check.FieldsBuilder.object;

import dev.capstan.dsl.check.Shape.Choice;
import dev.capstan.dsl.check.Shape.Either;
import dev.capstan.dsl.check.Shape.ListOf;
import dev.capstan.dsl.check.Shape.MapOf;
import dev.capstan.dsl.check.Shape.Text;
import dev.capstan.dsl.check.Shape.Whole;
import java.util.List;

/**
 * What a task, and a definition, may say to the engine under {@code metadata.capstan}. Ours, not
 * the specification's: nobody else reads it, so whatever is not known is a mistake.
 */
final class EngineGrammar {
  private EngineGrammar() {}

  /** The variable that shows tasks which undo others the error because of which they run. */
  private static final String COMPENSATED_ERROR = "error";

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

  /** Not that of {@link Grammar}, which needs this class to be there first. */
  private static final Shape ENCLOSED = new Shape.Text(TextRole.ENCLOSED);

  private static final Shape KEY = computed(Shape.Literal.Kind.KEY);
  private static final Shape MOMENT = new Shape.Text(TextRole.DATE_TIME);

  private static Shape computed(Shape.Literal.Kind kind) {
    return new Either(kind.expected(), List.of(ENCLOSED, new Shape.Literal(kind)));
  }

  static final Shape.Fields TASK = settings("the engine's settings of a task").build();

  /** Those of a loop, which has one more. */
  static final Shape.Fields LOOP =
      settings("the engine's settings of a loop")
          .optional(
              "parallel",
              object("a parallel loop")
                  .required("width", new Whole(1, 1000))
                  .optional("onError", new Choice(List.of("fault", "collect")))
                  .build())
          .build();

  /** Those of a document, which hold for each execution. */
  static final Shape.Fields DOCUMENT =
      object("the engine's settings of a definition")
          .optional("deadline", MOMENT)
          .optional(
              "queries",
              new MapOf("an object of expressions by name", new Text(TextRole.EXPRESSION)),
              (outer, owner) -> outer.at(Availability.QUERY))
          .build();

  private static FieldsBuilder settings(String noun) {
    return object(noun)
        .optional("require", new MapOf("an object of labels", REQUIREMENT))
        .optional("prefer", new MapOf("an object of labels", PREFERENCE))
        .optional("spread", NAME)
        .optional("node", NAME)
        .optional(
            "priority",
            new Either(
                "a whole number or a ${ } expression", List.of(ENCLOSED, new Whole(-100, 100))))
        .optional("key", KEY)
        .optional(
            "concurrency",
            object("a concurrency limit")
                .required("key", KEY)
                .required("limit", new Whole(1, 1_000_000))
                .build())
        .optional(
            "rate",
            object("a rate limit")
                .required("key", KEY)
                .required("limit", new Whole(1, 1_000_000))
                .required("per", SPAN)
                .build())
        .optional("queueTimeout", SPAN)
        .optional("recovery", new Choice(List.of("reassign", "retry_same_node", "fail")))
        .optional("recoveryTimeout", SPAN)
        .optional("idempotencyKey", computed(Shape.Literal.Kind.TOKEN))
        .optional("deadline", MOMENT)
        .optional("human", human(), (outer, owner) -> outer.at(Availability.HUMAN))
        .optional(
            "update",
            object("an update")
                .required("name", new Text(TextRole.NAME))
                .optional("input", new Shape.SchemaDocument())
                .build())
        .atMostOne("human", "update")
        .optional(
            "compensate",
            new Shape.TaskList(false),
            (outer, owner) -> outer.inFunction().with(COMPENSATED_ERROR))
        .optional("continueAsNew", new Shape.Flag())
        .optional(
            "authorizationCode",
            object("an authorization code")
                .required("code", new Text(TextRole.VALUE))
                .optional("redirectUri", new Text(TextRole.VALUE))
                .optional("codeVerifier", new Text(TextRole.VALUE))
                .build());
  }

  /** Its texts alone may be expressions. */
  private static Shape human() {
    Shape text = new Text(TextRole.VALUE);
    return object("a human task")
        .required("title", text)
        .optional("description", text)
        .optional("assignee", text)
        .optional(
            "candidates",
            new Either(
                "a list of names, or a ${ } expression that yields one",
                List.of(new Text(TextRole.ENCLOSED), new ListOf("a list of names", text, 1))))
        .optional("form", new Shape.SchemaDocument())
        .optional("due", SPAN)
        .optional("priority", new Whole(-100, 100))
        .build();
  }
}
