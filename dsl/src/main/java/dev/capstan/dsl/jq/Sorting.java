package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The functions that order the elements of an array, by themselves or by what an expression makes
 * of them.
 */
final class Sorting extends Expr.Value {
  /** What becomes of the ordered elements. */
  @FunctionalInterface
  interface Outcome {
    JsonNode of(Run run, List<Keyed> sorted);
  }

  /** An element and what it is ordered by. */
  record Keyed(JsonNode key, JsonNode item) {}

  private final @Nullable Expr key;
  private final String problem;
  private final Outcome outcome;

  /**
   * Makes the code.
   *
   * @param key what elements are ordered by: all of its outputs; null for the elements themselves
   */
  Sorting(@Nullable Expr key, String problem, Outcome outcome) {
    this.key = key;
    this.problem = problem;
    this.outcome = outcome;
  }

  @Override
  JsonNode eval(Env env, JsonNode in) {
    Run run = env.run;
    run.tick();
    if (key != null && !in.isArray()) {
      throw in.isObject() ? Types.error(in, problem) : Access.notIterable(in);
    }
    ArrayNode array = Containers.array(in, problem);
    run.allocate(array.size());
    List<Keyed> items = new ArrayList<>(array.size());
    for (JsonNode item : array) {
      items.add(new Keyed(key == null ? item : key(env, key, item), item));
    }
    return outcome.of(run, items);
  }

  private static JsonNode key(Env env, Expr key, JsonNode item) {
    if (key.plain) {
      JsonNode value = key.eval(env, item);
      // An expression without output sorts like an empty array of outputs: before everything of its
      // kind.
      return value == null ? JsonNodeFactory.instance.arrayNode() : wrap(env.run, value);
    }
    ArrayNode values = JsonNodeFactory.instance.arrayNode();
    key.values(
        env,
        item,
        value -> {
          env.run.allocate(1);
          values.add(value);
        });
    return values;
  }

  private static JsonNode wrap(Run run, JsonNode value) {
    run.allocate(1);
    return JsonNodeFactory.instance.arrayNode(1).add(value);
  }

  private static void sort(Run run, List<Keyed> items) {
    items.sort((a, b) -> Order.total(run, a.key, b.key));
  }

  private static ArrayNode collect(Run run, List<Keyed> items) {
    run.allocate(items.size());
    ArrayNode array = JsonNodeFactory.instance.arrayNode(items.size());
    for (Keyed item : items) {
      array.add(item.item);
    }
    return array;
  }

  static JsonNode sorted(Run run, List<Keyed> items) {
    sort(run, items);
    return collect(run, items);
  }

  static JsonNode grouped(Run run, List<Keyed> items) {
    sort(run, items);
    ArrayNode groups = JsonNodeFactory.instance.arrayNode();
    int from = 0;
    for (int i = 1; i <= items.size(); i++) {
      if (i == items.size() || Order.total(run, items.get(from).key, items.get(i).key) != 0) {
        run.allocate(1);
        groups.add(collect(run, items.subList(from, i)));
        from = i;
      }
    }
    return groups;
  }

  static JsonNode unique(Run run, List<Keyed> items) {
    sort(run, items);
    List<Keyed> kept = new ArrayList<>();
    for (Keyed item : items) {
      if (kept.isEmpty() || Order.total(run, kept.getLast().key, item.key) != 0) {
        kept.add(item);
      }
    }
    return collect(run, kept);
  }

  /** The first of the least. */
  static JsonNode least(Run run, List<Keyed> items) {
    Keyed best = null;
    for (Keyed item : items) {
      best = best == null || Order.total(run, item.key, best.key) < 0 ? item : best;
    }
    return best == null ? NullNode.getInstance() : best.item;
  }

  /** The last of the greatest. */
  static JsonNode greatest(Run run, List<Keyed> items) {
    Keyed best = null;
    for (Keyed item : items) {
      best = best == null || Order.total(run, item.key, best.key) >= 0 ? item : best;
    }
    return best == null ? NullNode.getInstance() : best.item;
  }
}
