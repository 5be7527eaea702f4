package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Functions that apply an expression to the parts of a value. */
final class Mapping {
  private Mapping() {}

  /** {@code [.[] | f]}. */
  static final class MapArray extends Expr.Value {
    private final Expr item;

    MapArray(Expr item) {
      this.item = item;
    }

    @Override
    JsonNode eval(Env env, JsonNode in) {
      if (!in.isContainerNode()) {
        throw Access.notIterable(in);
      }
      Run run = env.run;
      ArrayNode out = JsonNodeFactory.instance.arrayNode(in.size());
      for (JsonNode value : in) {
        run.tick();
        if (item.plain) {
          JsonNode mapped = item.eval(env, value);
          if (mapped != null) {
            run.allocate(1);
            out.add(mapped);
          }
        } else {
          item.each(
              env,
              null,
              value,
              (p, v) -> {
                run.allocate(1);
                out.add(v);
              });
        }
      }
      return out;
    }
  }

  static final class Select extends Expr {
    private final Expr condition;

    Select(Expr condition) {
      super(condition.plain);
      this.condition = condition;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode holds = condition.eval(env, in);
      return holds != null && Types.truthy(holds) ? in : null;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      condition.values(
          env,
          in,
          holds -> {
            env.run.tick();
            if (Types.truthy(holds)) {
              out.accept(path, in);
            }
          });
    }
  }

  /** {@code map_values(f)}: {@code .[] |= f}, in one pass. */
  static final class MapValues extends Expr.Value {
    private final Expr item;

    MapValues(Expr item) {
      this.item = Generators.first(item);
    }

    @Override
    JsonNode eval(Env env, JsonNode in) {
      return mapValues(env, in, value -> item.eval(env, value));
    }
  }

  /** What a part becomes; null for nothing. */
  @FunctionalInterface
  interface Change {
    @Nullable JsonNode apply(JsonNode value);
  }

  static JsonNode mapValues(Env env, JsonNode in, Change change) {
    Run run = env.run;
    run.allocate(in.size());
    if (in instanceof ObjectNode object) {
      ObjectNode out = JsonNodeFactory.instance.objectNode();
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        run.tick();
        JsonNode value = change.apply(field.getValue());
        if (value != null) {
          out.set(field.getKey(), value);
        }
      }
      return out;
    }
    if (!in.isArray()) {
      throw Access.notIterable(in);
    }
    ArrayNode out = JsonNodeFactory.instance.arrayNode(in.size());
    for (JsonNode item : in) {
      run.tick();
      JsonNode value = change.apply(item);
      if (value != null) {
        out.add(value);
      }
    }
    return out;
  }

  /** {@code walk(f)}: bottom up. */
  static final class Walk extends Expr {
    private final Expr change;

    Walk(Expr change) {
      super(change.plain);
      this.change = change;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      return change.eval(env, children(env, in, 1));
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      Path nowhere = Path.nowhere(path);
      change.values(env, children(env, in, 1), value -> out.accept(nowhere, value));
    }

    private JsonNode children(Env env, JsonNode in, int level) {
      env.run.checkDepth(level);
      env.run.tick();
      if (in.isObject()) {
        // As `map_values(w)`: the first output of each value counts.
        Expr first = Generators.first(change);
        return mapValues(env, in, value -> first.eval(env, children(env, value, level + 1)));
      }
      if (!in.isArray()) {
        return in;
      }
      ArrayNode out = JsonNodeFactory.instance.arrayNode(in.size());
      for (JsonNode item : in) {
        change.values(
            env,
            children(env, item, level + 1),
            value -> {
              env.run.allocate(1);
              out.add(value);
            });
      }
      return out;
    }
  }
}
