package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The expressions every program is made of. */
final class Basics {
  private Basics() {}

  static final class Identity extends Expr {
    Identity() {
      super(true);
    }

    @Override
    JsonNode eval(Env env, JsonNode in) {
      return in;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      out.accept(path, in);
    }
  }

  static final class Empty extends Expr {
    Empty() {
      super(true);
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      return null;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
    }
  }

  static final class Literal extends Expr.Value {
    final JsonNode value;

    Literal(JsonNode value) {
      this.value = value;
    }

    @Override
    JsonNode eval(Env env, JsonNode in) {
      return value;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      // null in the place of a null is the place itself, as in jq: `path(null)` of null is [].
      boolean inPlace = path != null && Types.isNull(value) && Types.isNull(in);
      out.accept(inPlace ? path : Path.nowhere(path), value);
    }
  }

  static final class Pipe extends Expr {
    private final Expr left;
    private final Expr right;

    Pipe(Expr left, Expr right) {
      super(left.plain && right.plain);
      this.left = left;
      this.right = right;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode middle = left.eval(env, in);
      return middle == null ? null : right.eval(env, middle);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      if (path != null) {
        left.each(env, path, in, (p, v) -> right.each(env, p, v, out));
      } else if (left.plain) {
        JsonNode middle = left.eval(env, in);
        if (middle != null) {
          right.each(env, null, middle, out);
        }
      } else if (right.plain) {
        left.each(
            env,
            null,
            in,
            (p, v) -> {
              JsonNode value = right.eval(env, v);
              if (value != null) {
                out.accept(null, value);
              }
            });
      } else {
        left.each(env, null, in, (p, v) -> right.each(env, null, v, out));
      }
    }
  }

  static final class Comma extends Expr {
    private final List<Expr> parts;

    Comma(List<Expr> parts) {
      super(false);
      this.parts = parts;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      for (Expr part : parts) {
        env.run.tick();
        part.each(env, path, in, out);
      }
    }
  }

  static final class Variable extends Expr.Value {
    private final int up;

    Variable(int up) {
      this.up = up;
    }

    @Override
    JsonNode eval(Env env, JsonNode in) {
      return (JsonNode) env.up(up).item;
    }
  }

  static final class FreeVariable extends Expr.Value {
    private final int index;

    FreeVariable(int index) {
      this.index = index;
    }

    @Override
    JsonNode eval(Env env, JsonNode in) {
      return env.run.variable(index);
    }
  }

  static final class ArrayOf extends Expr.Value {
    private final Expr items;

    ArrayOf(Expr items) {
      this.items = items;
    }

    @Override
    JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      items.values(
          env,
          in,
          value -> {
            env.run.allocate(1);
            array.add(value);
          });
      return array;
    }
  }

  static final class Negate extends Expr {
    private final Expr operand;

    Negate(Expr operand) {
      super(operand.plain);
      this.operand = operand;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode value = operand.eval(env, in);
      return value == null ? null : Arithmetic.negate(env.run, value);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      operand.values(
          env, in, value -> out.accept(Path.nowhere(path), Arithmetic.negate(env.run, value)));
    }
  }

  /** Code for what is said by nothing at all, as the missing {@code else}. */
  static final Expr IDENTITY = new Identity();

  static final Expr EMPTY = new Empty();

  static final Expr NULL = new Literal(NullNode.getInstance());
}
