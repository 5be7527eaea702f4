package dev.capstan.cli.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/**
 * One line of the report of a cluster: what was measured, how often, and how it is spread.
 *
 * @param name what it is
 * @param unit of the values
 * @param values in any order
 * @param note what else there is to say
 */
record Measure(String name, String unit, List<Double> values, String note) {
  Measure {
    values = values.stream().sorted().toList();
  }

  private double at(double share) {
    return values.isEmpty()
        ? Double.NaN
        : values.get((int) Math.min(values.size() - 1, Math.floor(share * values.size())));
  }

  String row() {
    return String.format(
        Locale.ROOT,
        "%-44s %7d  p50 %,10.2f  p99 %,10.2f  max %,10.2f  min %,10.2f %-6s %s",
        name,
        values.size(),
        at(0.5),
        at(0.99),
        at(1),
        at(0),
        unit,
        note);
  }

  ObjectNode json() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("name", name)
        .put("unit", unit)
        .put("count", values.size())
        .put("p50", at(0.5))
        .put("p99", at(0.99))
        .put("max", at(1))
        .put("min", at(0))
        .put("note", note);
  }
}
