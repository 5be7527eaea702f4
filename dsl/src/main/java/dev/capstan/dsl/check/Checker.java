package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.diagnostic.NearestName;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.ExpressionTable;
import dev.capstan.dsl.source.SourceDocument;
import java.util.List;
import java.util.Map;

/** Walks one definition along the grammar and collects what is wrong. For one thread. */
public final class Checker {
  private final Findings findings = new Findings();
  private final TextCheck texts;
  private final ObjectCheck objects;
  private final TaskCheck tasks;
  private final SchemaCheck schemas;
  private final LiteralCheck literals;

  private Checker(JsonNode root, ExpressionTable expressions) {
    boolean loose = root.path("evaluate").path("mode").asText().equals("loose");
    DeclaredNames names = new DeclaredNames(root);
    FunctionCheck functions = new FunctionCheck(findings, names);
    ExpressionCheck expressionCheck = new ExpressionCheck(findings, expressions, names);
    this.texts = new TextCheck(findings, expressionCheck, functions, names, loose);
    this.objects = new ObjectCheck(findings, this);
    this.tasks = new TaskCheck(findings, this, functions, new CodeCheck(findings, root));
    this.schemas = new SchemaCheck(findings);
    this.literals = new LiteralCheck(findings);
  }

  /**
   * What was found.
   *
   * @param usable whether no error was found
   * @param diagnostics in the order of the text, at most 20, errors first to stay
   */
  public record Outcome(boolean usable, List<Diagnostic> diagnostics) {
    public Outcome {
      diagnostics = List.copyOf(diagnostics);
    }
  }

  /** Checks {@code document}; the expressions of a usable one are all in {@code expressions}. */
  public static Outcome check(SourceDocument document, ExpressionTable expressions) {
    Checker checker = new Checker(document.root(), expressions);
    checker.check(Grammar.WORKFLOW, document.root(), Path.ROOT, Context.WORKFLOW);
    checker.tasks.recursion();
    return checker.outcome(document);
  }

  /** Checks a function that stands by itself: a task that refers to nothing around it. */
  public static Outcome checkFunction(SourceDocument document, ExpressionTable expressions) {
    JsonNode nothingAround = JsonNodeFactory.instance.objectNode();
    Checker checker = new Checker(nothingAround, expressions);
    checker.tasks.document(document.root(), Path.ROOT);
    return checker.outcome(document);
  }

  private Outcome outcome(SourceDocument document) {
    return new Outcome(!findings.hasErrors(), findings.diagnostics(document));
  }

  /** Checks that {@code value} has a shape. */
  void check(Shape shape, JsonNode value, Path path, Context context) {
    if (findings.isFull()) {
      return;
    }
    switch (shape) {
      case Shape.Value any -> value(value, path, context);
      case Shape.Opaque any -> {}
      case Shape.FreeObject free -> freeObject(free, value, path, context);
      case Shape.Metadata metadata -> metadata(metadata, value, path, context);
      case Shape.Literal literal -> literals.check(literal.kind(), value, path);
      case Shape.Text text -> {
        if (is(value.isTextual(), value, path, "a text")) {
          texts.check(text.role(), value.textValue(), path, context);
        }
      }
      case Shape.Flag flag -> is(value.isBoolean(), value, path, "true or false");
      case Shape.Never never ->
          is(value.isBoolean() && !value.booleanValue(), value, path, "false");
      case Shape.Whole whole -> whole(whole, value, path);
      case Shape.Choice choice -> choice(choice, value, path);
      case Shape.Duration duration -> duration(value, path, context);
      case Shape.SchemaDocument document -> schemas.document(value, path);
      case Shape.SchemaResource resource -> {
        if (objects.check((Shape.Fields) resource.resource(), value, path, context)) {
          schemas.resource(value, path);
        }
      }
      case Shape.ListOf list -> list(list, value, path, context);
      case Shape.MapOf map -> map(map, value, path, context);
      case Shape.Named named -> objects.named(named, value, path, context);
      case Shape.TaskList list -> tasks.list(list, value, path, context);
      case Shape.Task task -> tasks.function(value, path, context);
      case Shape.Unrunnable unrunnable -> {
        check(unrunnable.shape(), value, path, context);
        findings.unrunnable(unrunnable, path);
      }
      case Shape.Either either -> either(either, value, path, context);
      case Shape.ByProperty choice ->
          check(
              means(choice.property(), value) ? choice.with() : choice.without(),
              value,
              path,
              context);
      case Shape.ByValue choice ->
          check(
              value.path(choice.property()).asText().equals(choice.text())
                  ? choice.equal()
                  : choice.other(),
              value,
              path,
              context);
      case Shape.Fields fields -> objects.check(fields, value, path, context);
    }
  }

  /** Whether {@code condition} holds; if not, says which type was expected. */
  boolean is(boolean condition, JsonNode value, Path path, String expected) {
    if (!condition) {
      findings.error(
          DiagnosticCode.WRONG_TYPE,
          new Place.Value(path),
          path.label() + " must be " + expected + ", but is " + Words.typeOf(value),
          Words.typeHint(value, expected));
    }
    return condition;
  }

  /** Texts below are value positions. */
  private void value(JsonNode value, Path path, Context context) {
    switch (value.getNodeType()) {
      case STRING -> texts.check(TextRole.VALUE, value.textValue(), path, context);
      case OBJECT -> {
        for (Map.Entry<String, JsonNode> field : value.properties()) {
          value(field.getValue(), path.child(field.getKey()), context);
        }
      }
      case ARRAY -> {
        for (int i = 0; i < value.size(); i++) {
          value(value.get(i), path.child(i), context);
        }
      }
      default -> {}
    }
  }

  private void freeObject(Shape.FreeObject free, JsonNode value, Path path, Context context) {
    if (is(value.isObject(), value, path, "an object")) {
      notEmpty(value.size(), free.least(), path, "at least one property");
      value(value, path, context);
    }
  }

  private void metadata(Shape.Metadata metadata, JsonNode value, Path path, Context context) {
    if (!is(value.isObject(), value, path, "an object") || !path.step().equals("metadata")) {
      return;
    }
    JsonNode settings = value.get("capstan");
    if (settings != null && !settings.isObject()) {
      findings.error(
          DiagnosticCode.BAD_METADATA,
          new Place.Value(path.child("capstan")),
          "\"capstan\" under metadata must be an object, but is " + Words.typeOf(settings),
          "the engine's settings stand there, one property each");
    } else if (settings != null && metadata.ours() != null) {
      check(metadata.ours(), settings, path.child("capstan"), context);
    }
  }

  private void whole(Shape.Whole whole, JsonNode value, Path path) {
    boolean isWhole = value.isNumber() && value.canConvertToExactIntegral();
    if (!is(isWhole, value, path, "a whole number")) {
      return;
    }
    if (!value.canConvertToLong()
        || value.longValue() < whole.least()
        || value.longValue() > whole.most()) {
      findings.error(
          DiagnosticCode.NUMBER_OUT_OF_RANGE,
          new Place.Value(path),
          path.label() + " is " + value.asText() + ", which is out of range",
          "it goes from " + whole.least() + " to " + whole.most());
    }
  }

  private void choice(Shape.Choice choice, JsonNode value, Path path) {
    if (!is(value.isTextual(), value, path, "one of " + String.join(", ", choice.allowed()))
        || choice.allowed().contains(value.textValue())) {
      return;
    }
    findings.error(
        DiagnosticCode.VALUE_NOT_ALLOWED,
        new Place.Value(path),
        path.label() + " can't be \"" + Words.shortened(value.textValue()) + "\"",
        Words.hint("allowed", choice.allowed(), value.textValue()));
  }

  private void duration(JsonNode value, Path path, Context context) {
    if (value.isTextual()) {
      texts.duration(value, path, context);
      return;
    }
    int before = findings.errorCount();
    if (is(value.isObject(), value, path, "a duration such as {seconds: 5} or PT5S")) {
      objects.check(Words.DURATION, value, path, context);
    }
    if (findings.errorCount() == before) {
      texts.duration(value, path, context);
    }
  }

  private void list(Shape.ListOf list, JsonNode value, Path path, Context context) {
    if (!is(value.isArray(), value, path, list.noun())) {
      return;
    }
    notEmpty(value.size(), list.least(), path, "at least one entry");
    for (int i = 0; i < value.size(); i++) {
      check(list.item(), value.get(i), path.child(i), context);
    }
  }

  private void map(Shape.MapOf map, JsonNode value, Path path, Context context) {
    if (!is(value.isObject(), value, path, map.noun())) {
      return;
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      check(map.value(), entry.getValue(), path.child(entry.getKey()), context);
    }
  }

  private void either(Shape.Either either, JsonNode value, Path path, Context context) {
    for (Shape shape : either.shapes()) {
      boolean bareText =
          shape.equals(Grammar.ENCLOSED)
              && value.isTextual()
              && !Expression.isEnclosed(value.textValue());
      if (Words.takes(shape, value) && !bareText) {
        check(shape, value, path, context);
        return;
      }
    }
    is(false, value, path, either.expected());
  }

  /** Whether {@code value} has a property, or only one that is a misspelling of it. */
  private static boolean means(String property, JsonNode value) {
    return value.has(property)
        || (value.size() == 1
            && value.isObject()
            && NearestName.among(List.of(property), value.fieldNames().next()) != null);
  }

  /** Says so when there are fewer entries than {@code least}. */
  void notEmpty(int size, int least, Path path, String needed) {
    if (size < least) {
      findings.error(
          DiagnosticCode.TOO_FEW,
          new Place.Value(path),
          path.label() + " is empty",
          "it needs " + needed);
    }
  }
}
