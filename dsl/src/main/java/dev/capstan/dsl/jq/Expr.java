package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * A compiled expression. Outputs are pushed into a sink, which is the rest of the program: there
 * are no iterators and no lists of outputs in between.
 *
 * <p>The same code yields values and paths: it walks with a {@link Path} where paths are asked for,
 * and with null where not. An expression that yields at most one output is <em>plain</em> and can
 * also be evaluated without a sink, which is what makes everyday expressions fast.
 */
abstract class Expr {
  /** Whether there is at most one output, so that {@link #eval} may be used. */
  final boolean plain;

  Expr(boolean plain) {
    this.plain = plain;
  }

  /** Pushes all outputs. */
  abstract void each(Env env, @Nullable Path path, JsonNode in, Sink out);

  /** The only output of a plain expression, or null if it has none. */
  @Nullable JsonNode eval(Env env, JsonNode in) {
    throw new IllegalStateException("not a plain expression: " + getClass().getSimpleName());
  }

  /** Pushes all outputs as values. */
  final void values(Env env, JsonNode in, Values out) {
    if (plain) {
      JsonNode value = eval(env, in);
      if (value != null) {
        out.accept(value);
      }
    } else {
      each(env, null, in, (path, value) -> out.accept(value));
    }
  }

  /** A sink for values alone. */
  @FunctionalInterface
  interface Values {
    void accept(JsonNode value);
  }

  /** An expression that makes a new value of at most one output: it has no path. */
  abstract static class Value extends Expr {
    Value() {
      super(true);
    }

    @Override
    abstract @Nullable JsonNode eval(Env env, JsonNode in);

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      JsonNode value = eval(env, in);
      if (value != null) {
        out.accept(Path.nowhere(path), value);
      }
    }
  }
}
