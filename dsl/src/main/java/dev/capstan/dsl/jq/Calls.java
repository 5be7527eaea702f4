package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** Calls of functions that are written in jq, and of their parameters. */
final class Calls {
  private Calls() {}

  /** A parameter that is an expression: evaluated where it came from. */
  static final class Parameter extends Expr {
    final int up;

    Parameter(int up) {
      super(false);
      this.up = up;
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      Env cell = env.up(up);
      Expr code = (Expr) cell.item;
      Run run = env.run;
      run.tick();
      run.enter();
      try {
        code.each(cell.home, path, in, out);
      } finally {
        run.exit();
      }
    }
  }

  static final class Call extends Expr {
    private final Scope.Function function;
    private final Expr[] arguments;
    private final int up;

    /**
     * Makes the code.
     *
     * @param up how many cells the function's home is above the caller's
     */
    Call(Scope.Function function, Expr[] arguments, int up) {
      super(isPlain(function, arguments));
      this.function = function;
      this.arguments = arguments;
      this.up = up;
    }

    /**
     * A call of a function that is still being compiled is a recursion, of which no more is known
     * than is assumed.
     */
    private static boolean isPlain(Scope.Function function, Expr[] arguments) {
      Expr body = function.body;
      boolean plain = body == null ? function.assumedPlain : body.plain;
      if (!plain) {
        return false;
      }
      for (int i = 0; i < arguments.length; i++) {
        if (function.parameters.get(i).startsWith("$") && !arguments[i].plain) {
          return false;
        }
      }
      function.assumptionUsed |= body == null;
      return true;
    }

    private Expr body() {
      Expr body = function.body;
      if (body == null) {
        throw new IllegalStateException("function " + function.name + " was never compiled");
      }
      return body;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      Run run = env.run;
      run.tick();
      Env inner = env.up(up);
      for (int i = 0; i < arguments.length; i++) {
        if (function.parameters.get(i).startsWith("$")) {
          JsonNode value = arguments[i].eval(env, in);
          if (value == null) {
            return null;
          }
          inner = inner.bind(value);
        } else {
          inner = inner.bind(arguments[i], env);
        }
      }
      run.enter();
      try {
        return body().eval(inner, in);
      } finally {
        run.exit();
      }
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      env.run.tick();
      bind(env, env.up(up), 0, path, in, out);
    }

    /**
     * Binds the arguments from one on; a value with several outputs makes several calls, the first
     * varying slowest.
     */
    private void bind(Env env, Env inner, int index, @Nullable Path path, JsonNode in, Sink out) {
      Env cells = inner;
      for (int i = index; i < arguments.length; i++) {
        Expr argument = arguments[i];
        if (function.parameters.get(i).startsWith("$")) {
          Env before = cells;
          int next = i + 1;
          if (!argument.plain) {
            argument.values(env, in, value -> bind(env, before.bind(value), next, path, in, out));
            return;
          }
          JsonNode value = argument.eval(env, in);
          if (value == null) {
            return;
          }
          cells = cells.bind(value);
        } else {
          cells = cells.bind(argument, env);
        }
      }
      Run run = env.run;
      run.enter();
      try {
        body().each(cells, path, in, out);
      } finally {
        run.exit();
      }
    }
  }

  /** A built-in function of values; with several outputs the last argument varies slowest. */
  static final class Native extends Expr {
    private static final JsonNode[] NO_ARGUMENTS = {};

    private final Builtin builtin;
    private final Expr[] arguments;

    Native(Builtin builtin, Expr[] arguments) {
      super(allPlain(arguments));
      this.builtin = builtin;
      this.arguments = arguments;
    }

    private static boolean allPlain(Expr[] arguments) {
      for (Expr argument : arguments) {
        if (!argument.plain) {
          return false;
        }
      }
      return true;
    }

    @Override
    @Nullable JsonNode eval(Env env, JsonNode in) {
      env.run.tick();
      if (arguments.length == 0) {
        return builtin.apply(env.run, in, NO_ARGUMENTS);
      }
      JsonNode[] values = new JsonNode[arguments.length];
      for (int i = values.length - 1; i >= 0; i--) {
        JsonNode value = arguments[i].eval(env, in);
        if (value == null) {
          return null;
        }
        values[i] = value;
      }
      return builtin.apply(env.run, in, values);
    }

    @Override
    void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
      if (plain) {
        JsonNode value = eval(env, in);
        if (value != null) {
          out.accept(Path.nowhere(path), value);
        }
      } else {
        combine(
            env, Path.nowhere(path), in, arguments.length - 1, new JsonNode[arguments.length], out);
      }
    }

    private void combine(
        Env env, @Nullable Path path, JsonNode in, int index, JsonNode[] values, Sink out) {
      if (index < 0) {
        env.run.tick();
        JsonNode value = builtin.apply(env.run, in, values.clone());
        if (value != null) {
          out.accept(path, value);
        }
        return;
      }
      arguments[index].values(
          env,
          in,
          value -> {
            values[index] = value;
            combine(env, path, in, index - 1, values, out);
          });
    }
  }
}
