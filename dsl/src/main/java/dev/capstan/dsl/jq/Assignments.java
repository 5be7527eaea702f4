package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.jspecify.annotations.Nullable;

/**
 * {@code =}, {@code |=} and the operators with {@code =}: each makes a copy of the input with other
 * values at some paths.
 */
final class Assignments {
  private Assignments() {}

  /** What the value at a path becomes. */
  @FunctionalInterface
  private interface Change {
    /** The new value, or null to delete the old one. */
    @Nullable JsonNode apply(JsonNode old);
  }

  private static JsonNode change(Env env, Expr target, JsonNode in, Change change) {
    JsonNode[] state = {in};
    ArrayNode deleted = JsonNodeFactory.instance.arrayNode();
    target.each(
        env,
        Path.ROOT,
        in,
        (path, value) -> {
          if (path == null) {
            throw new IllegalStateException("no path where one was asked for");
          }
          env.run.tick();
          ArrayNode keys = path.toArray(env.run, value);
          JsonNode old = Paths.get(env.run, state[0], keys);
          JsonNode replacement = change.apply(old);
          if (replacement == null) {
            deleted.add(keys);
          } else {
            state[0] = Paths.set(env.run, state[0], keys, replacement);
          }
        });
    return deleted.isEmpty() ? state[0] : Paths.delete(env.run, state[0], deleted);
  }

  /**
   * {@code target = value} and {@code target op= value}: once for each output of the value, which
   * is asked of the input.
   */
  static final class Assign extends Expr {
    /** How the old value and the given one make the new one. */
    @FunctionalInterface
    interface Combination {
      JsonNode apply(Run run, JsonNode old, JsonNode given);
    }

    private final Expr target;
    private final Expr value;
    private final Combination combination;

    Assign(Expr target, Expr value, Combination combination) {
      super(value.plain);
      this.target = target;
      this.value = value;
      this.combination = combination;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode given = value.eval(env, in);
      return given == null ? null : assign(env, in, given);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      value.values(env, in, given -> out.accept(Path.nowhere(path), assign(env, in, given)));
    }

    private JsonNode assign(Env env, JsonNode in, JsonNode given) {
      return change(env, target, in, old -> combination.apply(env.run, old, given));
    }
  }

  /** {@code target |= update}: the first output of the update, or none at all to delete. */
  static final class Modify extends Expr.Value {
    private final Expr target;
    private final Expr update;

    Modify(Expr target, Expr update) {
      this.target = target;
      this.update = Generators.first(update);
    }

    @Override
    JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      return change(env, target, in, old -> update.eval(env, old));
    }
  }
}
