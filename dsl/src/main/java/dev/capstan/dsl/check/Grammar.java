package dev.capstan.dsl.check;

import static dev.capstan.dsl.check.FieldsBuilder.object;

import dev.capstan.dsl.check.Shape.Choice;
import dev.capstan.dsl.check.Shape.Either;
import dev.capstan.dsl.check.Shape.Fields;
import dev.capstan.dsl.check.Shape.ListOf;
import dev.capstan.dsl.check.Shape.MapOf;
import dev.capstan.dsl.check.Shape.Named;
import dev.capstan.dsl.check.Shape.Others;
import dev.capstan.dsl.check.Shape.Text;
import java.util.List;

/**
 * Which properties stand where in a definition. Says the same as the specification's JSON schema
 * (workflow.yaml), with names for messages and with what the schema can't say: which texts are
 * expressions, and what they see. A test compares the two on thousands of documents.
 *
 * <p>Wider than the schema on purpose: {@code arguments} of scripts, shells and containers may be a
 * map (as before 1.0.3 and as planned after it), {@code until} may be {@code false}, and an
 * enclosed expression may span several lines.
 */
final class Grammar {
  private Grammar() {}

  static final Shape PLAIN = new Text(TextRole.PLAIN);
  static final Shape TEXT = new Text(TextRole.VALUE);
  static final Shape EXPRESSION = new Text(TextRole.EXPRESSION);
  static final Shape ENCLOSED = new Text(TextRole.ENCLOSED);
  static final Shape URI = new Text(TextRole.URI);
  static final Shape VALUE = new Shape.Value();
  static final Shape OPAQUE = new Shape.Opaque();
  static final Shape OBJECT = new Shape.FreeObject(0);
  static final Shape FLAG = new Shape.Flag();
  static final Shape WHOLE = new Shape.Whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
  static final Shape DURATION = new Shape.Duration();
  static final Shape VARIABLE = new Text(TextRole.VARIABLE);
  static final Shape DIRECTIVE = new Text(TextRole.DIRECTIVE);
  static final Shape TASKS = new Shape.TaskList(false);
  static final Shape TEXTS = new ListOf("a list of texts", TEXT, 0);
  static final Shape TEXT_MAP = new MapOf("an object of texts", TEXT);

  static final Shape EXPRESSION_OR_OBJECT =
      new Either("an expression or an object", List.of(EXPRESSION, OBJECT));

  static final Shape TEXT_MAP_OR_EXPRESSION =
      new Either("an object of texts or a ${ } expression", List.of(ENCLOSED, TEXT_MAP));

  /** Parameters of a call that takes any, or an expression for all of them. */
  static Shape parameters(int least) {
    return new Either("an object or an expression", List.of(TEXT, new Shape.FreeObject(least)));
  }

  static final Shape OUTPUT_FORMAT = new Choice(List.of("raw", "content", "response"));
  static final Shape READ = new Choice(List.of("data", "envelope", "raw"));

  static final Fields ENDPOINT_OBJECT =
      object("an endpoint")
          .required("uri", URI)
          .optional("authentication", Authentication.REFERENCEABLE)
          .build();

  static final Shape ENDPOINT =
      new Either("a URI, a ${ } expression or an object with uri", List.of(URI, ENDPOINT_OBJECT));

  static final Shape RESOURCE =
      object("an external resource").optional("name", PLAIN).required("endpoint", ENDPOINT).build();

  static final Shape DATA_SCHEMA =
      object("a schema")
          .optional("format", new Text(TextRole.SCHEMA_FORMAT))
          .optional("document", new Shape.SchemaDocument())
          .optional("resource", new Shape.SchemaResource(RESOURCE))
          .exactlyOne("document", "resource")
          .build();

  static final Shape INPUT =
      object("input")
          .optional("schema", DATA_SCHEMA)
          .optional("from", EXPRESSION_OR_OBJECT)
          .build();

  static final Shape OUTPUT =
      object("output").optional("schema", DATA_SCHEMA).optional("as", EXPRESSION_OR_OBJECT).build();

  static final Shape EXPORT =
      object("export").optional("schema", DATA_SCHEMA).optional("as", EXPRESSION_OR_OBJECT).build();

  static final Fields TIMEOUT_OBJECT = object("a timeout").required("after", DURATION).build();

  static final Shape TIMEOUT =
      new Either(
          "the name of a timeout or an object with after",
          List.of(new Text(TextRole.TIMEOUT), TIMEOUT_OBJECT));

  static final Shape ERROR =
      object("an error")
          .required("type", URI)
          .required("status", WHOLE)
          .optional("instance", new Text(TextRole.POINTER))
          .optional("title", TEXT)
          .optional("detail", TEXT)
          .build();

  static final Fields RETRY_OBJECT =
      object("a retry policy")
          .optional("when", EXPRESSION)
          .optional("exceptWhen", EXPRESSION)
          .optional("delay", DURATION)
          .optional(
              "backoff",
              object("backoff")
                  .optional("constant", OBJECT)
                  .optional("exponential", OBJECT)
                  .optional("linear", OBJECT)
                  .exactlyOne("constant", "exponential", "linear")
                  .build())
          .optional(
              "limit",
              object("limit")
                  .optional(
                      "attempt",
                      object("attempt")
                          .optional("count", new Shape.Whole(0, Integer.MAX_VALUE))
                          .optional("duration", DURATION)
                          .build())
                  .optional("duration", DURATION)
                  .build())
          .optional(
              "jitter",
              object("jitter").required("from", DURATION).required("to", DURATION).build())
          .build();

  static final Shape RETRY =
      new Either(
          "the name of a retry policy or a retry policy",
          List.of(new Text(TextRole.RETRY), RETRY_OBJECT));

  static final Fields ITERATOR =
      object("foreach")
          .optional("item", VARIABLE)
          .optional("at", VARIABLE)
          .optional("do", TASKS)
          .optional("output", OUTPUT, (outer, owner) -> outer.at(Availability.TASK_OUTPUT))
          .optional("export", EXPORT, (outer, owner) -> outer.at(Availability.TASK_EXPORT))
          .build();

  /** What runs for each event sees the event and its number. */
  static final Context.Step INSIDE_ITERATOR =
      (outer, owner) ->
          outer.with(
              owner.path("foreach").path("item").asText("item"),
              owner.path("foreach").path("at").asText("index"));

  static final Shape WORKFLOW =
      object("a workflow")
          .required(
              "document",
              object("document")
                  .required("dsl", new Text(TextRole.DSL_VERSION))
                  .required("namespace", new Text(TextRole.NAME))
                  .required("name", new Text(TextRole.NAME))
                  .required("version", new Text(TextRole.VERSION))
                  .optional("title", PLAIN)
                  .optional("summary", PLAIN)
                  .optional("tags", new Shape.Metadata(null))
                  .optional("metadata", new Shape.Metadata(EngineGrammar.DOCUMENT))
                  .build())
          .optional("input", INPUT, (outer, owner) -> outer.at(Availability.WORKFLOW_INPUT))
          .optional("use", use(), (outer, owner) -> outer.reusable())
          .required("do", TASKS)
          .optional("timeout", TIMEOUT)
          .optional("output", OUTPUT, (outer, owner) -> outer.at(Availability.WORKFLOW_OUTPUT))
          .optional("schedule", schedule())
          .optional(
              "evaluate",
              object("evaluate")
                  .optional("language", new Text(TextRole.LANGUAGE))
                  .optional("mode", new Choice(List.of("strict", "loose")))
                  .build())
          .others(Others.IGNORED)
          .build();

  private static Shape schedule() {
    return object("schedule")
        .optional("every", DURATION)
        .optional("cron", new Text(TextRole.CRON))
        .optional("after", DURATION)
        .optional("on", EventGrammar.SCHEDULE)
        .optional("read", READ)
        .atMostOne("every", "cron", "after", "on")
        .needs("read", "on")
        .build();
  }

  private static Shape use() {
    Shape extension =
        object("an extension")
            .required(
                "extend",
                new Choice(
                    List.of(
                        "call",
                        "composite",
                        "emit",
                        "for",
                        "listen",
                        "raise",
                        "run",
                        "set",
                        "switch",
                        "try",
                        "wait",
                        "all")))
            .optional("when", EXPRESSION, (outer, owner) -> outer.at(Availability.TASK))
            .optional("before", TASKS)
            .optional("after", TASKS)
            .build();
    return object("use")
        .optional(
            "authentications", new MapOf("authentication policies by name", Authentication.POLICY))
        .optional("errors", new MapOf("errors by name", ERROR))
        .optional(
            "extensions", new ListOf("a list of extensions", new Named("extension", extension), 0))
        .optional("functions", new MapOf("functions by name", new Shape.Task()))
        .optional("retries", new MapOf("retry policies by name", RETRY_OBJECT))
        .optional("secrets", new ListOf("a list of names", PLAIN, 0))
        .optional("timeouts", new MapOf("timeouts by name", TIMEOUT_OBJECT))
        .optional(
            "catalogs",
            new MapOf(
                "catalogs by name", object("a catalog").required("endpoint", ENDPOINT).build()))
        .build();
  }
}
