package dev.capstan.dsl.expression;

import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.jq.JqVariables;

/**
 * What an expression may see besides its input ({@code .}), and how much it may cost.
 *
 * @param variables the runtime arguments by name without {@code $}; asked only when an expression
 *     uses them
 * @param limits time, steps, memory and depth that one evaluation may take
 */
public record Scope(JqVariables variables, JqLimits limits) {

  /** The same limits with one more layer of variables over the present ones. */
  public Scope with(JqVariables inner) {
    JqVariables outer = variables;
    return new Scope(
        name -> {
          var value = inner.get(name);
          return value != null ? value : outer.get(name);
        },
        limits);
  }
}
