package dev.capstan.cli.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One line of the report of a cluster: what was measured, how often, how it is spread, and what was
 * promised of it.
 *
 * @param name what it is
 * @param unit of the values
 * @param values in any order
 * @param promise null where none is made
 * @param errors of what was done to measure it, and whatever was lost
 * @param note what else there is to say
 */
record Measure(
    String name,
    String unit,
    List<Double> values,
    @Nullable Promise promise,
    long errors,
    String note) {
  Measure {
    values = values.stream().sorted().toList();
  }

  /** Without a promise and without errors. */
  static Measure of(String name, String unit, List<Double> values, String note) {
    return new Measure(name, unit, values, null, 0, note);
  }

  /** Something that has one value and must be nothing. */
  static Measure none(String name, String unit, Promise promise, long count, String note) {
    return new Measure(name, unit, List.of((double) count), promise, count, note);
  }

  /** What could not be measured to the end. */
  static Measure failed(String name, String reason) {
    return new Measure(name, "", List.of(), null, 1, reason);
  }

  Measure promised(Promise what) {
    return new Measure(name, unit, values, what, errors, note);
  }

  Measure withErrors(long count) {
    return new Measure(name, unit, values, promise, count, note);
  }

  /** The smallest of sorted values that at least this share does not exceed; NaN without values. */
  static double at(List<Double> sorted, double share) {
    return sorted.isEmpty()
        ? Double.NaN
        : sorted.get(Math.max(0, (int) Math.ceil(share * sorted.size()) - 1));
  }

  double at(double share) {
    return at(values, share);
  }

  /** Whether what was promised is so, if anything was. */
  boolean isKept() {
    return promise == null || promise.isKeptBy(values);
  }

  /** The promise and what became of it; empty without one. */
  String verdict() {
    return promise == null ? "" : promise.words() + (isKept() ? ": kept" : ": BROKEN");
  }

  /** A line for a terminal. */
  String row() {
    String trouble = errors == 0 ? "" : errors + " errors; ";
    return String.format(
        Locale.ROOT,
        "%-62s %6d  p50 %,10.2f  p99 %,10.2f  max %,10.2f  min %,10.2f %-10s %-26s %s%s",
        name,
        values.size(),
        at(0.5),
        at(0.99),
        at(1),
        at(0),
        unit,
        verdict(),
        trouble,
        note);
  }

  ObjectNode json() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("name", name)
            .put("unit", unit)
            .put("count", values.size());
    if (!values.isEmpty()) {
      json.put("p50", at(0.5)).put("p99", at(0.99)).put("max", at(1)).put("min", at(0));
    }
    if (promise != null) {
      json.put("promise", promise.words()).put("kept", isKept());
    }
    return json.put("errors", errors).put("note", note);
  }
}
