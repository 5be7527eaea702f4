package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One evaluation: what is left of its limits, and what it asked of the caller. Owned by the
 * evaluating thread.
 *
 * <p>Steps are taken from a small allowance, so that the common case is one decrement; the clock is
 * looked at when the allowance is used up.
 */
final class Run {
  private static final int ALLOWANCE = 256;

  private final JqLimits limits;
  private final JqVariables variables;
  private final List<String> names;
  private final @Nullable JsonNode[] values;

  /** The greatest nesting of functions and of values. */
  final int depthLimit;

  private long stepsLeft;
  private long allowance;
  private long nodesLeft;
  private int depth;
  private long startedAt;
  private boolean started;
  private boolean sawNonFinite;
  private @Nullable Instant now;

  Run(JqLimits limits, List<String> names, JqVariables variables) {
    this.limits = limits;
    this.variables = variables;
    this.names = names;
    this.values = new @Nullable JsonNode[names.size()];
    this.allowance = Math.min(ALLOWANCE, limits.steps());
    this.stepsLeft = limits.steps() - allowance;
    this.nodesLeft = limits.nodes();
    this.depthLimit = limits.depth();
  }

  /** Takes one step. */
  void tick() {
    if (--allowance < 0) {
      refill();
    }
  }

  /** Takes many steps, for work that is not made of expressions. */
  void tick(long steps) {
    allowance -= steps;
    if (allowance < 0) {
      refill();
    }
  }

  private void refill() {
    long debt = -allowance;
    allowance = 0;
    if (stepsLeft < debt) {
      stepsLeft = 0;
      throw JqException.limit(
          JqException.Kind.LIMIT_STEPS,
          "the expression took more than " + limits.steps() + " steps");
    }
    stepsLeft -= debt;
    long grant = Math.min(ALLOWANCE, stepsLeft);
    stepsLeft -= grant;
    allowance = grant;
    checkTime();
  }

  private void checkTime() {
    if (limits.nanos() == Long.MAX_VALUE) {
      return;
    }
    long time = limits.nanoClock().getAsLong();
    if (!started) {
      started = true;
      startedAt = time;
    } else if (time - startedAt > limits.nanos()) {
      allowance = 0;
      stepsLeft = 0;
      throw JqException.limit(
          JqException.Kind.LIMIT_TIME,
          "the expression took more than " + limits.nanos() / 1_000_000 + " ms");
    }
  }

  /** Accounts for elements or characters before they are created. */
  void allocate(long nodes) {
    nodesLeft -= nodes;
    if (nodesLeft < 0) {
      nodesLeft = -1;
      throw JqException.limit(
          JqException.Kind.LIMIT_MEMORY,
          "the expression created more than " + limits.nodes() + " elements and characters");
    }
    tick(nodes >> 3);
  }

  void enter() {
    if (++depth > depthLimit) {
      throw tooDeep();
    }
  }

  void exit() {
    depth--;
  }

  /** Checks the level of a walk through a value. */
  void checkDepth(int level) {
    if (level > depthLimit) {
      throw tooDeep();
    }
  }

  JqException tooDeep() {
    return JqException.limit(
        JqException.Kind.LIMIT_DEPTH,
        "the expression or its data is nested deeper than " + depthLimit + " levels");
  }

  JsonNode variable(int index) {
    JsonNode value = values[index];
    if (value == null) {
      String name = names.get(index);
      value = variables.get(name);
      if (value == null) {
        throw JqException.error("$" + name + " is not defined");
      }
      values[index] = value;
    }
    return value;
  }

  Instant now() {
    Instant known = now;
    if (known == null) {
      Supplier<Instant> clock = limits.now();
      if (clock == null) {
        throw JqException.error("now is not available here");
      }
      known = clock.get();
      now = known;
    }
    return known;
  }

  /** Notes that a number was made that JSON can't express; outputs are then searched for it. */
  DoubleNode nonFinite(double value) {
    sawNonFinite = true;
    return DoubleNode.valueOf(value);
  }

  /** Makes a value fit to leave the evaluation: not nested too deep, without infinite numbers. */
  JsonNode finish(JsonNode value) {
    boolean mayBeDeep = limits.nodes() - nodesLeft >= depthLimit;
    if (!value.isContainerNode() && !sawNonFinite) {
      return value;
    }
    return sawNonFinite || mayBeDeep ? Finishing.finish(this, value, 1) : value;
  }
}
