package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Expression;
import org.jspecify.annotations.Nullable;

/**
 * For how long messages are consumed (DSL reference, AsyncAPI Message Consumption Policy): until
 * {@code end}, or until {@code span} is over if that comes first.
 *
 * @param span counted from when a node first has the subscription; null for as long as it takes
 */
public record Consumption(@Nullable Span span, End end) {

  /** When enough was consumed. */
  public sealed interface End {

    /** After so many messages that the filter lets pass. */
    record Amount(int messages) implements End {}

    /** After the first message for which it does not hold. */
    record While(Expression condition) implements End {}

    /** Before the first message for which it holds. */
    record Until(Expression condition) implements End {}
  }
}
