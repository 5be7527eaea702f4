package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.ErrorType;
import dev.capstan.dsl.expression.ExpressionException;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.model.DataSchema;
import dev.capstan.dsl.model.Export;
import dev.capstan.dsl.model.Input;
import dev.capstan.dsl.model.Output;
import dev.capstan.dsl.model.Timeout;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How data goes in and out (specification: Data Flow). Schemas apply to the raw input and to the
 * transformed output; the export sees the transformed output as its input.
 */
final class DataFlow {
  private DataFlow() {}

  static JsonNode input(Input input, JsonNode raw, Scope scope, String reference) {
    check(input.schema(), raw, "input", reference);
    return transform(input.from(), raw, scope, reference);
  }

  static JsonNode output(Output output, JsonNode raw, Scope scope, String reference) {
    JsonNode transformed = transform(output.as(), raw, scope, reference);
    check(output.schema(), transformed, "output", reference);
    return transformed;
  }

  /** The whole new context, null when it stays. */
  static @Nullable JsonNode export(Export export, JsonNode output, Scope scope, String reference) {
    if (export.as() == null) {
      return null;
    }
    JsonNode context = transform(export.as(), output, scope, reference);
    check(export.schema(), context, "context", reference);
    return context;
  }

  /**
   * Evaluates something that holds expressions, turning their failure into the error of the task at
   * {@code reference}.
   */
  static <T> T evaluate(String reference, Supplier<T> evaluation) {
    try {
      return evaluation.get();
    } catch (ExpressionException e) {
      throw new TaskFailure(ErrorType.EXPRESSION, String.valueOf(e.getMessage()), reference);
    }
  }

  /** When a timeout that begins now ends; null without one. */
  static @Nullable Instant deadline(
      @Nullable Timeout timeout, JsonNode input, Scope scope, Instant now, String reference) {
    return timeout == null
        ? null
        : evaluate(reference, () -> timeout.after().evaluate(input, scope)).addTo(now);
  }

  /**
   * Whether two values are one object: then the history has it already, and looking closer would
   * cost more than it saves.
   */
  @SuppressWarnings("ReferenceEquality")
  static boolean isSame(JsonNode value, JsonNode other) {
    return value == other;
  }

  private static JsonNode transform(
      @Nullable Template template, JsonNode value, Scope scope, String reference) {
    return template == null ? value : evaluate(reference, () -> template.evaluate(value, scope));
  }

  private static void check(
      @Nullable DataSchema schema, JsonNode value, String what, String reference) {
    List<String> violations = schema == null ? List.of() : schema.violations(value);
    if (!violations.isEmpty()) {
      throw new TaskFailure(
          ErrorType.VALIDATION,
          "the " + what + " breaks its schema: " + String.join("; ", violations),
          reference);
    }
  }
}
