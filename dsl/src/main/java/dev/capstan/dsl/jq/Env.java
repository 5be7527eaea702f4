package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What is in scope, innermost first: a list of cells that is never changed, so that an expression
 * that was suspended in the middle of its outputs finds its own variables when it goes on. The
 * compiler knows how many cells up a name is.
 */
final class Env {
  final Run run;
  final Env parent;

  /** A variable's value, a parameter's expression, or a label's way out. */
  final Object item;

  /** Where the expression of a parameter is at home. */
  final Env home;

  Env(Run run) {
    this.run = run;
    this.parent = this;
    this.item = this;
    this.home = this;
  }

  private Env(Env parent, Object item, Env home) {
    this.run = parent.run;
    this.parent = parent;
    this.item = item;
    this.home = home;
  }

  Env bind(JsonNode value) {
    return new Env(this, value, this);
  }

  Env bind(Break label) {
    return new Env(this, label, this);
  }

  /**
   * Binds a parameter; one that only hands on a parameter of its caller is replaced by that, so
   * chains stay short.
   */
  Env bind(Expr argument, Env caller) {
    if (argument instanceof Calls.Parameter parameter) {
      Env cell = caller.up(parameter.up);
      return new Env(this, cell.item, cell.home);
    }
    return new Env(this, argument, caller);
  }

  Env up(int cells) {
    Env env = this;
    for (int i = 0; i < cells; i++) {
      env = env.parent;
    }
    return env;
  }
}
