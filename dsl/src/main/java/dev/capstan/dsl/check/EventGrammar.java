package dev.capstan.dsl.check;

import static dev.capstan.dsl.check.FieldsBuilder.object;

import dev.capstan.dsl.check.Shape.Either;
import dev.capstan.dsl.check.Shape.ListOf;
import dev.capstan.dsl.check.Shape.MapOf;
import dev.capstan.dsl.check.Shape.Others;
import dev.capstan.dsl.check.Shape.Text;
import java.util.List;

/** The part of the grammar about cloud events. */
final class EventGrammar {
  private EventGrammar() {}

  private static final Shape TEXT = new Text(TextRole.VALUE);
  private static final Shape EXPRESSION = new Text(TextRole.EXPRESSION);

  private static final Shape FILTER =
      object("an event filter")
          .required("with", attributes(false).atLeast(1).build())
          .optional(
              "correlate",
              new MapOf(
                  "correlations by name",
                  object("a correlation")
                      .required("from", EXPRESSION)
                      .optional("expect", TEXT)
                      .others(Others.IGNORED)
                      .build()))
          .build();

  private static final Shape FILTERS = new ListOf("a list of event filters", FILTER, 0);

  private static final Shape INNER_STRATEGY = strategy().build();

  static final Shape STRATEGY =
      strategy().optional("until", until(new Shape.Never())).needs("until", "any").build();

  /** The events that start executions. */
  static final Shape SCHEDULE =
      strategy()
          .optional(
              "until",
              until(
                  new Shape.Unrunnable(
                      new Shape.Never(),
                      "a schedule that gathers events for ever never starts an execution",
                      "fix: say what ends it, or leave \"until\" out: then each event starts one")))
          .needs("until", "any")
          .build();

  static final Shape EMIT =
      object("emit")
          .required(
              "event",
              object("an event")
                  .optional("with", attributes(true).build())
                  .others(Others.IGNORED)
                  .build())
          .build();

  private static Shape until(Shape never) {
    return new Either(
        "an expression, or an object with all, any or one",
        List.of(EXPRESSION, INNER_STRATEGY, never));
  }

  private static FieldsBuilder strategy() {
    return object("the events to listen to")
        .optional("all", FILTERS)
        .optional("any", FILTERS)
        .optional("one", FILTER)
        .exactlyOne("all", "any", "one");
  }

  /** CloudEvents attributes; others are extension attributes of the author. */
  private static FieldsBuilder attributes(boolean typed) {
    FieldsBuilder event =
        object("an event")
            .optional("id", TEXT)
            .optional("source", new Text(TextRole.URI))
            .optional("time", new Text(TextRole.DATE_TIME))
            .optional("subject", TEXT)
            .optional("datacontenttype", TEXT)
            .optional("dataschema", new Text(TextRole.URI))
            .optional("data", new Shape.Value())
            .others(Others.WELCOME);
    return typed ? event.required("type", TEXT) : event.optional("type", TEXT);
  }
}
