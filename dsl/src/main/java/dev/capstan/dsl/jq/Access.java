package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The ways into values: {@code .name}, {@code .[key]}, {@code .[from:to]} and {@code .[]}. */
final class Access {
  private Access() {}

  /** {@code .name}. */
  static final class Field extends Expr {
    private final Expr target;
    private final String name;
    private final TextNode key;

    Field(Expr target, TextNode key) {
      super(target.plain);
      this.target = target;
      this.key = key;
      this.name = key.textValue();
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode value = target.eval(env, in);
      return value == null ? null : field(value);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      target.each(env, path, in, (p, v) -> out.accept(Path.step(env.run, p, v, key), field(v)));
    }

    private JsonNode field(JsonNode value) {
      if (value instanceof ObjectNode object) {
        JsonNode field = object.get(name);
        return field == null ? NullNode.getInstance() : field;
      }
      return Parts.get(value, key);
    }
  }

  /** {@code .[key]}; all keys are asked for on the outside. */
  static final class Index extends Expr {
    private final Expr target;
    private final Expr key;

    Index(Expr target, Expr key) {
      super(target.plain && key.plain);
      this.target = target;
      this.key = key;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode index = key.eval(env, in);
      JsonNode value = index == null ? null : target.eval(env, in);
      return index == null || value == null ? null : Parts.get(env.run, value, index);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      key.values(
          env,
          in,
          k ->
              target.each(
                  env,
                  path,
                  in,
                  (p, v) -> out.accept(Path.step(env.run, p, v, k), Parts.get(env.run, v, k))));
    }
  }

  /** {@code .[from:to]}. */
  static final class Slice extends Expr {
    private final Expr target;
    private final Expr from;
    private final Expr to;

    Slice(Expr target, Expr from, Expr to) {
      super(target.plain && from.plain && to.plain);
      this.target = target;
      this.from = from;
      this.to = to;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      JsonNode[] result = new JsonNode[1];
      each(env, null, in, (p, v) -> result[0] = v);
      return result[0];
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      from.values(
          env,
          in,
          start ->
              to.values(
                  env,
                  in,
                  end -> {
                    ObjectNode key = JsonNodeFactory.instance.objectNode();
                    key.set("start", start);
                    key.set("end", end);
                    target.each(
                        env,
                        path,
                        in,
                        (p, v) ->
                            out.accept(Path.step(env.run, p, v, key), Parts.get(env.run, v, key)));
                  }));
    }
  }

  /** {@code .[]}. */
  static final class Iterate extends Expr {
    private final Expr target;

    Iterate(Expr target) {
      super(false);
      this.target = target;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      if (path == null && target.plain) {
        JsonNode value = target.eval(env, in);
        if (value != null) {
          iterate(env.run, null, value, out);
        }
      } else {
        target.each(env, path, in, (p, v) -> iterate(env.run, p, v, out));
      }
    }

    private static void iterate(Run run, @Nullable Path path, JsonNode value, Sink out) {
      Path.checkIterable(path, value);
      if (value.isArray()) {
        for (int i = 0; i < value.size(); i++) {
          run.tick();
          JsonNode item = value.get(i);
          out.accept(path == null ? null : Path.step(run, path, value, Num.of(i)), item);
        }
      } else if (value instanceof ObjectNode object) {
        for (Map.Entry<String, JsonNode> field : object.properties()) {
          run.tick();
          out.accept(
              path == null ? null : Path.step(run, path, value, TextNode.valueOf(field.getKey())),
              field.getValue());
        }
      } else {
        throw notIterable(value);
      }
    }
  }

  static JqException notIterable(JsonNode value) {
    return JqException.error(
        Types.isNull(value)
            ? "Cannot iterate over null"
            : "Cannot iterate over " + Types.described(value));
  }
}
