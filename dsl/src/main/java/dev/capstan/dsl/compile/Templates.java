package dev.capstan.dsl.compile;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.ExpressionTable;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.jq.JqSyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns values of a definition into templates. In strict mode only a text that is one whole <code>
 * ${ }</code> is an expression; in loose mode every text is tried (specification: evaluate.mode).
 */
final class Templates {
  private final ExpressionTable expressions;
  private final boolean loose;

  Templates(ExpressionTable expressions, boolean loose) {
    this.expressions = expressions;
    this.loose = loose;
  }

  /** An expression position, such as {@code if}: the enclosure may be left out. */
  Expression expression(JsonNode text) {
    try {
      return expressions.compile(text.textValue());
    } catch (JqSyntaxException e) {
      throw new IllegalStateException("an unchecked expression: " + text, e);
    }
  }

  /** As {@link #expression}; null when it is absent. */
  @Nullable Expression optional(@Nullable JsonNode text) {
    return text == null ? null : expression(text);
  }

  /**
   * A position of either an expression or an object with expressions in it, such as {@code
   * input.from}.
   */
  @Nullable Template expressionOrObject(@Nullable JsonNode value) {
    if (value == null) {
      return null;
    }
    return value.isTextual() ? new Template.Computed(expression(value)) : value(value);
  }

  /** A value position: texts are text unless they are enclosed. */
  Template value(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> text(value);
      case OBJECT -> object(value);
      case ARRAY -> array(value);
      default -> new Template.Constant(value);
    };
  }

  private Template text(JsonNode text) {
    if (Expression.isEnclosed(text.textValue())) {
      return new Template.Computed(expression(text));
    }
    if (!loose) {
      return new Template.Constant(text);
    }
    try {
      return new Template.Attempted(expressions.compile(text.textValue()), text);
    } catch (JqSyntaxException e) {
      return new Template.Constant(text);
    }
  }

  private Template object(JsonNode object) {
    Map<String, Template> fields = new LinkedHashMap<>();
    boolean constant = true;
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      Template template = value(field.getValue());
      constant &= template.isConstant();
      fields.put(field.getKey(), template);
    }
    return constant ? new Template.Constant(object) : new Template.Fields(fields);
  }

  private Template array(JsonNode array) {
    List<Template> items = new ArrayList<>(array.size());
    boolean constant = true;
    for (JsonNode item : array) {
      Template template = value(item);
      constant &= template.isConstant();
      items.add(template);
    }
    return constant ? new Template.Constant(array) : new Template.Items(items);
  }
}
