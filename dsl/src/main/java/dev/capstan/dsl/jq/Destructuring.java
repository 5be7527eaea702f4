package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.Arrays;
import java.util.List;

/**
 * The patterns of one {@code as}: takes values apart and binds all variables, those of other
 * alternatives to null.
 */
final class Destructuring {
  /** Where the parts of one pattern go. */
  sealed interface Part {}

  record Slot(int index) implements Part {}

  record Step(Expr key, int slot, Part part) implements Part {}

  record Steps(List<Step> steps) implements Part {}

  /** A part that is bound by its step's slot alone. */
  record Nothing() implements Part {}

  /** What happens with the variables bound. */
  @FunctionalInterface
  interface Body {
    void accept(Env env);
  }

  private final List<Part> alternatives;
  private final int variables;

  Destructuring(List<Part> alternatives, int variables) {
    this.alternatives = alternatives;
    this.variables = variables;
  }

  /** Whether it is no more than {@code as $name}. */
  boolean isSimple() {
    return alternatives.size() == 1 && alternatives.getFirst() instanceof Slot;
  }

  /**
   * Runs the body for each way to take the value apart; an alternative is left if it or its body
   * fails.
   */
  void each(Env env, JsonNode value, Body body) {
    if (isSimple()) {
      body.accept(env.bind(value));
      return;
    }
    for (int i = 0; i < alternatives.size() - 1; i++) {
      try {
        alternative(env, alternatives.get(i), value, body);
        return;
      } catch (JqException e) {
        if (e.isLimit()) {
          throw e;
        }
      }
    }
    alternative(env, alternatives.getLast(), value, body);
  }

  private void alternative(Env env, Part part, JsonNode value, Body body) {
    JsonNode[] slots = new JsonNode[variables];
    Arrays.fill(slots, NullNode.getInstance());
    match(env, part, value, slots, () -> body.accept(bindAll(env, slots)));
  }

  private static Env bindAll(Env env, JsonNode[] slots) {
    Env inner = env;
    for (JsonNode slot : slots) {
      inner = inner.bind(slot);
    }
    return inner;
  }

  private static void match(Env env, Part part, JsonNode value, JsonNode[] slots, Runnable next) {
    env.run.tick();
    switch (part) {
      case Slot slot -> {
        slots[slot.index] = value;
        next.run();
      }
      case Step step -> matchStep(env, step, value, slots, next);
      case Steps steps -> matchSteps(env, steps.steps, 0, value, slots, next);
      case Nothing nothing -> next.run();
    }
  }

  private static void matchSteps(
      Env env, List<Step> steps, int index, JsonNode value, JsonNode[] slots, Runnable next) {
    if (index == steps.size()) {
      next.run();
    } else {
      matchStep(
          env,
          steps.get(index),
          value,
          slots,
          () -> matchSteps(env, steps, index + 1, value, slots, next));
    }
  }

  private static void matchStep(
      Env env, Step step, JsonNode value, JsonNode[] slots, Runnable next) {
    step.key.values(
        env,
        value,
        key -> {
          JsonNode part = Parts.get(env.run, value, key);
          if (step.slot >= 0) {
            slots[step.slot] = part;
          }
          match(env, step.part, part, slots, next);
        });
  }
}
