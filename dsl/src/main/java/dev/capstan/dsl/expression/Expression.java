package dev.capstan.dsl.expression;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.dsl.jq.Jq;
import dev.capstan.dsl.jq.JqException;
import dev.capstan.dsl.jq.JqProgram;
import dev.capstan.dsl.jq.JqSyntaxException;
import java.util.List;

/** One compiled runtime expression. Immutable; may be evaluated by any thread. */
public final class Expression {
  private final JqProgram program;

  private Expression(JqProgram program) {
    this.program = program;
  }

  /**
   * Compiles jq text, with or without the enclosing <code>${ }</code> (specification: Runtime
   * Expressions; expression positions such as {@code if} and {@code when} take both forms).
   */
  public static Expression compile(String text) throws JqSyntaxException {
    return new Expression(Jq.compile(isEnclosed(text) ? unwrap(text) : text));
  }

  /** Whether the whole text is one <code>${ ... }</code>; may span several lines. */
  public static boolean isEnclosed(String text) {
    String stripped = text.strip();
    return stripped.startsWith("${") && stripped.endsWith("}");
  }

  private static String unwrap(String text) {
    String stripped = text.strip();
    return stripped.substring(2, stripped.length() - 1);
  }

  /** The jq text without its enclosure. */
  public String text() {
    return program.text();
  }

  /** Names of the variables that it reads, without {@code $}. */
  public List<String> variables() {
    return program.variables();
  }

  /** Fields of a variable that it reads by name, as {@code b} in {@code $a.b}. */
  public List<String> fields(String variable) {
    return program.fields(variable);
  }

  /**
   * The value for {@code input}: no result is null, one result is itself, several are an array.
   *
   * @throws ExpressionException if it fails or exceeds a limit
   */
  public JsonNode evaluate(JsonNode input, Scope scope) {
    List<JsonNode> results;
    try {
      results = program.evaluate(input, scope.variables(), scope.limits());
    } catch (JqException e) {
      throw new ExpressionException(program.text(), String.valueOf(e.getMessage()));
    }
    return switch (results.size()) {
      case 0 -> NullNode.getInstance();
      case 1 -> results.getFirst();
      default -> new ArrayNode(JsonNodeFactory.instance, List.copyOf(results));
    };
  }

  /** The value as a condition with jq's truth: only {@code null} and {@code false} are false. */
  public boolean test(JsonNode input, Scope scope) {
    JsonNode value = evaluate(input, scope);
    return !value.isNull() && !(value.isBoolean() && !value.booleanValue());
  }
}
