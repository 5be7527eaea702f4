package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.ExpressionException;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.expression.Template;

/**
 * A length of time in a definition: constant, or an expression that yields a duration object or an
 * ISO 8601 duration.
 */
public record Span(Template template) {

  /**
   * The length for {@code input}.
   *
   * @throws dev.capstan.dsl.expression.ExpressionException if the expression fails or yields no
   *     duration
   */
  public DslDuration evaluate(JsonNode input, Scope scope) {
    JsonNode value = template.evaluate(input, scope);
    try {
      return DslDuration.parse(value);
    } catch (IllegalArgumentException e) {
      throw new ExpressionException(value.toString(), String.valueOf(e.getMessage()));
    }
  }
}
