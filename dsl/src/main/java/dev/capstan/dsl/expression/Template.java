package dev.capstan.dsl.expression;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON value in which some strings are expressions. Evaluating it keeps the shape and puts values
 * in place of expressions; results are never evaluated again, so data can't smuggle expressions in.
 */
public sealed interface Template {

  /** The value for {@code input}. */
  JsonNode evaluate(JsonNode input, Scope scope);

  /** Whether it has no expressions, so that its value is always the same. */
  default boolean isConstant() {
    return this instanceof Constant;
  }

  /** A value without expressions. */
  record Constant(JsonNode value) implements Template {
    @Override
    public JsonNode evaluate(JsonNode input, Scope scope) {
      return value;
    }
  }

  /** One expression in place of a value. */
  record Computed(Expression expression) implements Template {
    @Override
    public JsonNode evaluate(JsonNode input, Scope scope) {
      return expression.evaluate(input, scope);
    }
  }

  /**
   * In loose mode any string is tried as an expression and stays text when that fails
   * (specification: evaluate.mode).
   */
  record Attempted(Expression expression, JsonNode text) implements Template {
    @Override
    public JsonNode evaluate(JsonNode input, Scope scope) {
      try {
        return expression.evaluate(input, scope);
      } catch (ExpressionException e) {
        return text;
      }
    }
  }

  /** An object with at least one expression somewhere below. */
  record Fields(Map<String, Template> fields) implements Template {
    public Fields {
      fields = new LinkedHashMap<>(fields);
    }

    @Override
    public JsonNode evaluate(JsonNode input, Scope scope) {
      ObjectNode result = JsonNodeFactory.instance.objectNode();
      fields.forEach((name, template) -> result.set(name, template.evaluate(input, scope)));
      return result;
    }
  }

  /** An array with at least one expression somewhere below. */
  record Items(List<Template> items) implements Template {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public JsonNode evaluate(JsonNode input, Scope scope) {
      List<JsonNode> values = new ArrayList<>(items.size());
      for (Template item : items) {
        values.add(item.evaluate(input, scope));
      }
      return new ArrayNode(JsonNodeFactory.instance, values);
    }
  }
}
