package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import org.jspecify.annotations.Nullable;

/** Functions that take some of the outputs of an expression, or make outputs. */
final class Generators {
  private Generators() {}

  /**
   * {@code range($from; $upto; $by)}; numbers, except that the first two may be anything that can
   * be counted up.
   */
  static final class Range extends Expr {
    private final Expr from;
    private final Expr upto;
    private final Expr by;

    Range(Expr from, Expr upto, Expr by) {
      super(false);
      this.from = from;
      this.upto = upto;
      this.by = by;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      Path nowhere = Path.nowhere(path);
      from.values(
          env,
          in,
          a ->
              upto.values(
                  env,
                  in,
                  b -> by.values(env, in, step -> range(env.run, nowhere, a, b, step, out))));
    }

    private static void range(
        Run run, @Nullable Path path, JsonNode from, JsonNode upto, JsonNode by, Sink out) {
      if (!Types.isNumber(from) || !Types.isNumber(upto) || !Types.isNumber(by)) {
        throw JqException.error("Range bounds must be numeric");
      }
      double step = by.doubleValue();
      double end = upto.doubleValue();
      double value = from.doubleValue();
      while (step > 0 ? value < end : step < 0 && value > end) {
        run.tick();
        out.accept(path, Num.of(run, value));
        value += step;
      }
    }
  }

  /** The first output alone. */
  static Expr first(Expr source) {
    return source.plain ? source : new First(source);
  }

  private static final class First extends Expr {
    private final Expr source;

    First(Expr source) {
      super(true);
      this.source = source;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      JsonNode[] found = new JsonNode[1];
      Break enough = new Break();
      try {
        source.each(
            env,
            null,
            in,
            (p, v) -> {
              found[0] = v;
              throw enough;
            });
      } catch (Break e) {
        if (e != enough) {
          throw e;
        }
      }
      return found[0];
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      new Limit(new Basics.Literal(Num.of(1)), source).each(env, path, in, out);
    }
  }

  /** {@code limit($n; source)}; a negative count is no limit, as in jq 1.7. */
  static final class Limit extends Expr {
    private final Expr count;
    private final Expr source;

    Limit(Expr count, Expr source) {
      super(false);
      this.count = count;
      this.source = source;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      count.values(env, in, n -> limit(env, path, in, n, out));
    }

    private void limit(Env env, @Nullable Path path, JsonNode in, JsonNode n, Sink out) {
      env.run.tick();
      if (!Types.isNumber(n)) {
        throw JqException.error("Invalid arguments to limit: the count must be a number");
      }
      if (n.doubleValue() < 0) {
        source.each(env, path, in, out);
        return;
      }
      if (n.doubleValue() == 0) {
        return;
      }
      double[] left = {n.doubleValue()};
      Break enough = new Break();
      try {
        source.each(
            env,
            path,
            in,
            (p, v) -> {
              out.accept(p, v);
              if (--left[0] <= 0) {
                throw enough;
              }
            });
      } catch (Break e) {
        if (e != enough) {
          throw e;
        }
      }
    }
  }

  /** {@code skip($n; source)}. */
  static final class Skip extends Expr {
    private final Expr count;
    private final Expr source;

    Skip(Expr count, Expr source) {
      super(false);
      this.count = count;
      this.source = source;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      count.values(
          env,
          in,
          n -> {
            if (!Types.isNumber(n) || n.doubleValue() < 0) {
              throw JqException.error(
                  "Invalid arguments to skip: the count must be a number and not negative");
            }
            double[] left = {n.doubleValue()};
            source.each(
                env,
                path,
                in,
                (p, v) -> {
                  if (left[0] > 0) {
                    left[0]--;
                  } else {
                    out.accept(p, v);
                  }
                });
          });
    }
  }

  /** {@code last(source)}: the last output, if there is one. */
  static final class Last extends Expr {
    private final Expr source;

    Last(Expr source) {
      super(true);
      this.source = source;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      JsonNode[] last = new JsonNode[1];
      source.values(env, in, v -> last[0] = v);
      return last[0];
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      JsonNode[] last = new JsonNode[1];
      @Nullable Path[] at = new @Nullable Path[1];
      source.each(
          env,
          path,
          in,
          (p, v) -> {
            at[0] = p;
            last[0] = v;
          });
      if (last[0] != null) {
        out.accept(at[0], last[0]);
      }
    }
  }

  /**
   * {@code any(source; condition)} and {@code all(source; condition)}: stops as soon as it is
   * decided.
   */
  static final class Quantifier extends Expr.Value {
    private final boolean decisive;
    private final Expr source;
    private final Expr condition;

    /**
     * Makes the code.
     *
     * @param decisive the outcome that decides at once: true for {@code any}
     */
    Quantifier(boolean decisive, Expr source, Expr condition) {
      this.decisive = decisive;
      this.source = source;
      this.condition = condition;
    }

    @Override
    JsonNode eval(Env env, JsonNode in) {
      Break decided = new Break();
      try {
        source.values(
            env,
            in,
            item ->
                condition.values(
                    env,
                    item,
                    holds -> {
                      env.run.tick();
                      if (Types.truthy(holds) == decisive) {
                        throw decided;
                      }
                    }));
        return Types.bool(!decisive);
      } catch (Break e) {
        if (e != decided) {
          throw e;
        }
        return Types.bool(decisive);
      }
    }
  }

  /** {@code add(source)}. */
  static final class Add extends Expr.Value {
    private final Expr source;

    Add(Expr source) {
      this.source = source;
    }

    @Override
    JsonNode eval(Env env, JsonNode in) {
      Summing sum = new Summing(env.run);
      source.values(env, in, sum::add);
      return sum.result();
    }
  }

  /** {@code paths} of an expression as values. */
  static final class PathOf extends Expr {
    private final Expr source;

    PathOf(Expr source) {
      super(false);
      this.source = source;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      Path nowhere = Path.nowhere(path);
      source.each(env, Path.ROOT, in, (p, v) -> out.accept(nowhere, toArray(env.run, p, v)));
    }
  }

  static ArrayNode toArray(Run run, @Nullable Path path, JsonNode value) {
    if (path == null) {
      throw new IllegalStateException("no path where one was asked for");
    }
    return path.toArray(run, value);
  }

  /** {@code getpath(path)}, which is a path itself. */
  static final class GetPath extends Expr {
    private final Expr keys;

    GetPath(Expr keys) {
      super(keys.plain);
      this.keys = keys;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode wanted = keys.eval(env, in);
      return wanted == null ? null : Paths.get(env.run, in, wanted);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      keys.values(
          env,
          in,
          wanted -> {
            JsonNode value = Paths.get(env.run, in, wanted);
            Path at = path;
            for (JsonNode key : Paths.keys(wanted)) {
              at = Path.step(env.run, at, in, key);
            }
            out.accept(at, value);
          });
    }
  }
}
