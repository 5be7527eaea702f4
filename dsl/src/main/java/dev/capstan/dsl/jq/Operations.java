package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** Expressions with an operator between two others. */
final class Operations {
  private Operations() {}

  /** An operator on two values; with several outputs the right side varies slower. */
  static final class Binary extends Expr {
    private final Operator operator;
    private final Expr left;
    private final Expr right;

    Binary(Operator operator, Expr left, Expr right) {
      super(left.plain && right.plain);
      this.operator = operator;
      this.left = left;
      this.right = right;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode b = right.eval(env, in);
      JsonNode a = b == null ? null : left.eval(env, in);
      return a == null || b == null ? null : Arithmetic.apply(env.run, operator, a, b);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      right.values(
          env,
          in,
          b ->
              left.values(
                  env,
                  in,
                  a -> {
                    env.run.tick();
                    out.accept(Path.nowhere(path), Arithmetic.apply(env.run, operator, a, b));
                  }));
    }
  }

  /**
   * {@code and} and {@code or}: the right side is evaluated only if the left one does not decide.
   */
  static final class Logic extends Expr {
    private final boolean decisive;
    private final Expr left;
    private final Expr right;

    /**
     * Makes the code.
     *
     * @param decisive what the left side has to be for the right side not to matter: false for
     *     {@code and}
     */
    Logic(boolean decisive, Expr left, Expr right) {
      super(left.plain && right.plain);
      this.decisive = decisive;
      this.left = left;
      this.right = right;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode a = left.eval(env, in);
      if (a == null) {
        return null;
      }
      if (Types.truthy(a) == decisive) {
        return Types.bool(decisive);
      }
      JsonNode b = right.eval(env, in);
      return b == null ? null : Types.bool(Types.truthy(b));
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      Path nowhere = Path.nowhere(path);
      left.values(
          env,
          in,
          a -> {
            env.run.tick();
            if (Types.truthy(a) == decisive) {
              out.accept(nowhere, Types.bool(decisive));
            } else {
              right.values(env, in, b -> out.accept(nowhere, Types.bool(Types.truthy(b))));
            }
          });
    }
  }

  /** {@code a // b}: all of a that is true, or b if there is none. */
  static final class Alternative extends Expr {
    private final Expr left;
    private final Expr right;

    Alternative(Expr left, Expr right) {
      super(left.plain && right.plain);
      this.left = left;
      this.right = right;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode a = left.eval(env, in);
      return a != null && Types.truthy(a) ? a : right.eval(env, in);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      boolean[] found = new boolean[1];
      left.each(
          env,
          path,
          in,
          (p, v) -> {
            if (Types.truthy(v)) {
              found[0] = true;
              out.accept(p, v);
            }
          });
      if (!found[0]) {
        right.each(env, path, in, out);
      }
    }
  }
}
