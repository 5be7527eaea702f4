package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * Functions that apply an expression again and again: {@code recurse}, {@code repeat}, {@code
 * while}, {@code until}.
 *
 * <p>The last output of each application is followed by a loop instead of a call, so the usual
 * one-output chain needs no depth at all, however long it is.
 */
final class Unfold {
  private Unfold() {}

  /** What to do with one value: emit it, go on from it, or both. */
  abstract static class Steps extends Expr {
    private final Expr next;

    Steps(Expr next) {
      super(false);
      this.next = next;
    }

    /** Emits the value if it is an output, and says whether to go on from it. */
    abstract boolean visit(Env env, @Nullable Path path, JsonNode value, Sink out);

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      Pending pending = new Pending(path, in);
      while (pending.full) {
        env.run.tick();
        Path at = pending.path;
        JsonNode value = pending.value;
        pending.full = false;
        if (visit(env, at, value, out)) {
          follow(env, at, value, pending, out);
        }
      }
    }

    private void follow(Env env, @Nullable Path path, JsonNode value, Pending pending, Sink out) {
      try {
        next.each(
            env,
            path,
            value,
            (p, v) -> {
              if (pending.full) {
                branch(env, pending.path, pending.value, out);
              }
              pending.set(p, v);
            });
      } catch (JqException e) {
        if (pending.full && !e.isLimit()) {
          branch(env, pending.path, pending.value, out);
        }
        throw e;
      }
    }

    private void branch(Env env, @Nullable Path path, JsonNode value, Sink out) {
      env.run.enter();
      try {
        each(env, path, value, out);
      } finally {
        env.run.exit();
      }
    }
  }

  static final class Pending {
    @Nullable Path path;
    JsonNode value;
    boolean full = true;

    Pending(@Nullable Path path, JsonNode value) {
      this.path = path;
      this.value = value;
    }

    void set(@Nullable Path newPath, JsonNode newValue) {
      path = newPath;
      value = newValue;
      full = true;
    }
  }

  /** {@code def recurse(f): ., (f | recurse(f))}. */
  static final class Recurse extends Steps {
    Recurse(Expr next) {
      super(next);
    }

    @Override
    boolean visit(Env env, @Nullable Path path, JsonNode value, Sink out) {
      out.accept(path, value);
      return true;
    }
  }

  /** {@code while(condition; next)}, for a condition of one output. */
  static final class While extends Steps {
    private final Expr condition;

    While(Expr condition, Expr next) {
      super(next);
      this.condition = condition;
    }

    @Override
    boolean visit(Env env, @Nullable Path path, JsonNode value, Sink out) {
      JsonNode holds = condition.eval(env, value);
      if (holds == null || !Types.truthy(holds)) {
        return false;
      }
      out.accept(path, value);
      return true;
    }
  }

  /** {@code until(condition; next)}, for a condition of one output. */
  static final class Until extends Steps {
    private final Expr condition;

    Until(Expr condition, Expr next) {
      super(next);
      this.condition = condition;
    }

    @Override
    boolean visit(Env env, @Nullable Path path, JsonNode value, Sink out) {
      JsonNode holds = condition.eval(env, value);
      if (holds != null && Types.truthy(holds)) {
        out.accept(path, value);
      }
      return holds != null && !Types.truthy(holds);
    }
  }
}
