package dev.capstan.dsl.expression;

import dev.capstan.dsl.jq.JqSyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The expressions of one definition, each text compiled once. For one thread. */
public final class ExpressionTable {
  private final Map<String, Expression> compiled = new LinkedHashMap<>();

  /** The expression that {@code text} is, with or without its enclosure. */
  public Expression compile(String text) throws JqSyntaxException {
    Expression known = compiled.get(text);
    if (known != null) {
      return known;
    }
    Expression expression = Expression.compile(text);
    compiled.put(text, expression);
    return expression;
  }
}
