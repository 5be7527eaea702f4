package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.dsl.expression.Expression;

/**
 * Answers what a definition lets others ask its executions ({@code
 * document.metadata.capstan.queries}). Reads alone: nothing of it is in the history. May be used by
 * any thread that owns the execution it asks.
 */
public final class Queries {
  private final Settings settings;

  /** With these limits; stateless. */
  public Queries(Settings settings) {
    this.settings = settings;
  }

  /**
   * The value of a query now. It sees {@code $context}, also as its input, {@code $input}, {@code
   * $workflow} and {@code $runtime}; no secrets.
   *
   * @throws dev.capstan.dsl.expression.ExpressionException if it fails or takes too much
   */
  public JsonNode answer(Execution execution, Expression query) {
    return query.evaluate(execution.context(), new Scopes(execution, settings).querying());
  }
}
