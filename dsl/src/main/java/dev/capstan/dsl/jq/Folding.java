package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import org.jspecify.annotations.Nullable;

/** Expressions that bind variables: {@code as}, {@code reduce} and {@code foreach}. */
final class Folding {
  private Folding() {}

  static final class Bind extends Expr {
    private final Expr source;
    private final Destructuring pattern;
    private final Expr body;

    Bind(Expr source, Destructuring pattern, Expr body) {
      super(source.plain && pattern.isSimple() && body.plain);
      this.source = source;
      this.pattern = pattern;
      this.body = body;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode value = source.eval(env, in);
      return value == null ? null : body.eval(env.bind(value), in);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      if (pattern.isSimple()) {
        source.values(env, in, value -> body.each(env.bind(value), path, in, out));
        return;
      }
      // An error of those that take the outputs must not make the next alternative be tried.
      Guard guard = new Guard(out);
      try {
        source.values(
            env, in, value -> pattern.each(env, value, inner -> body.each(inner, path, in, guard)));
      } catch (Guard.Passing e) {
        throw e.unwrap(guard);
      }
    }
  }

  /** A value and its path while a fold goes on; a missing value has become null. */
  private static final class State {
    @Nullable Path path;
    JsonNode value;

    State(@Nullable Path path, JsonNode value) {
      this.path = path;
      this.value = value;
    }

    void set(@Nullable Path newPath, JsonNode newValue) {
      path = newPath;
      value = newValue;
    }
  }

  /** Keeps the last output of an update as the state; an update without output leaves null. */
  static final class Reduce extends Expr {
    private final Expr source;
    private final Destructuring pattern;
    private final Expr init;
    private final Expr update;

    Reduce(Expr source, Destructuring pattern, Expr init, Expr update) {
      super(init.plain);
      this.source = source;
      this.pattern = pattern;
      this.init = init;
      this.update = update;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      JsonNode start = init.eval(env, in);
      return start == null ? null : fold(env, null, in, start).value;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      init.each(
          env,
          path,
          in,
          (p, start) -> {
            State end = fold(env, p, in, start);
            out.accept(end.path, end.value);
          });
    }

    private State fold(Env env, @Nullable Path path, JsonNode in, JsonNode start) {
      State state = new State(path, start);
      source.values(
          env,
          in,
          item ->
              pattern.each(
                  env,
                  item,
                  inner -> {
                    env.run.tick();
                    if (update.plain && state.path == null) {
                      JsonNode next = update.eval(inner, state.value);
                      state.value = next == null ? NullNode.getInstance() : next;
                      return;
                    }
                    Path before = state.path;
                    JsonNode value = state.value;
                    state.set(Path.nowhere(before), NullNode.getInstance());
                    update.each(inner, before, value, state::set);
                  }));
      return state;
    }
  }

  static final class Foreach extends Expr {
    private final Expr source;
    private final Destructuring pattern;
    private final Expr init;
    private final Expr update;
    private final Expr extract;

    Foreach(Expr source, Destructuring pattern, Expr init, Expr update, Expr extract) {
      super(false);
      this.source = source;
      this.pattern = pattern;
      this.init = init;
      this.update = update;
      this.extract = extract;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      init.each(
          env,
          path,
          in,
          (p, start) -> {
            State state = new State(p, start);
            source.values(
                env, in, item -> pattern.each(env, item, inner -> step(inner, state, out)));
          });
    }

    private void step(Env env, State state, Sink out) {
      env.run.tick();
      Path before = state.path;
      JsonNode value = state.value;
      state.set(Path.nowhere(before), NullNode.getInstance());
      update.each(
          env,
          before,
          value,
          (p, v) -> {
            state.set(p, v);
            extract.each(env, p, v, out);
          });
    }
  }
}
