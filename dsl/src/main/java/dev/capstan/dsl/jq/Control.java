package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import org.jspecify.annotations.Nullable;

/** Conditions, labels, and errors that are caught. */
final class Control {
  private Control() {}

  static final class If extends Expr {
    private final Expr condition;
    private final Expr then;
    private final Expr otherwise;

    If(Expr condition, Expr then, Expr otherwise) {
      super(condition.plain && then.plain && otherwise.plain);
      this.condition = condition;
      this.then = then;
      this.otherwise = otherwise;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode value = condition.eval(env, in);
      return value == null ? null : (Types.truthy(value) ? then : otherwise).eval(env, in);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      if (condition.plain) {
        // Without a sink in between a recursion through here takes less of the stack.
        JsonNode value = condition.eval(env, in);
        if (value != null) {
          (Types.truthy(value) ? then : otherwise).each(env, path, in, out);
        }
      } else {
        condition.each(
            env, null, in, (p, v) -> (Types.truthy(v) ? then : otherwise).each(env, path, in, out));
      }
    }
  }

  static final class Label extends Expr {
    private final Expr body;

    Label(Expr body) {
      super(false);
      this.body = body;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      Break label = new Break();
      try {
        body.each(env.bind(label), path, in, out);
      } catch (Break e) {
        if (e != label) {
          throw e;
        }
      }
    }
  }

  static final class Exit extends Expr {
    private final int up;

    Exit(int up) {
      super(true);
      this.up = up;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      throw (Break) env.up(up).item;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      throw (Break) env.up(up).item;
    }
  }

  /**
   * {@code try body catch handler}. Catches what the body raises, never what is raised by those
   * that take its outputs.
   */
  static final class Try extends Expr {
    private final Expr body;
    private final Expr handler;

    Try(Expr body, Expr handler) {
      super(body.plain && handler.plain);
      this.body = body;
      this.handler = handler;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      try {
        return body.eval(env, in);
      } catch (JqException e) {
        return handler.eval(env, caught(e));
      }
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      JsonNode error;
      Guard guard = new Guard(out);
      try {
        body.each(env, path, in, guard);
        return;
      } catch (JqException e) {
        error = caught(e);
      } catch (Guard.Passing e) {
        throw e.unwrap(guard);
      }
      handler.each(env, Path.nowhere(path), error, out);
    }
  }

  /** What a handler gets for an error; limits are not caught. */
  static JsonNode caught(JqException e) {
    if (e.isLimit()) {
      throw e;
    }
    JsonNode value = e.value();
    return value == null ? NullNode.getInstance() : value;
  }
}
