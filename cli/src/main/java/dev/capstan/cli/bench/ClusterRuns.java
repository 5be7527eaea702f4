package dev.capstan.cli.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The rows of all runs of the same measurement, as JSON and as a table in Markdown that has the
 * runs side by side.
 *
 * @param command what was called
 * @param machine what it ran on
 */
record ClusterRuns(String command, String machine, List<List<Measure>> runs) {
  private static final String BETWEEN_RUNS = " · ";

  ClusterRuns {
    runs = runs.stream().map(List::copyOf).toList();
  }

  /** Whether all was done without an error and nothing was lost. */
  boolean isSound() {
    return all().stream().allMatch(measure -> measure.errors() == 0);
  }

  /** Whether every promise was kept in every run. */
  boolean isKept() {
    return all().stream().allMatch(Measure::isKept);
  }

  private List<Measure> all() {
    return runs.stream().flatMap(List::stream).toList();
  }

  String json() {
    ObjectNode report =
        JsonNodeFactory.instance
            .objectNode()
            .put("command", command)
            .put("machine", machine)
            .put("sound", isSound())
            .put("kept", isKept());
    ArrayNode all = report.putArray("runs");
    for (List<Measure> run : runs) {
      ArrayNode rows = all.addObject().putArray("rows");
      run.forEach(measure -> rows.add(measure.json()));
    }
    return report.toPrettyString();
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("`").append(command).append("`; ").append(machine).append(".\n\n");
    text.append("| what | promise | values | p50 | p99 | max | unit | errors | note |\n");
    text.append("|---|---|---|---|---|---|---|---|---|\n");
    for (String name : names()) {
      text.append(line(name));
    }
    return text.toString();
  }

  private Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    all().forEach(measure -> names.add(measure.name()));
    return names;
  }

  private String line(String name) {
    List<Measure> rows = new ArrayList<>();
    for (List<Measure> run : runs) {
      Optional<Measure> row =
          run.stream().filter(measure -> measure.name().equals(name)).findFirst();
      row.ifPresent(rows::add);
    }
    Measure first = rows.getFirst();
    Promise promise = first.promise();
    boolean kept = rows.stream().allMatch(Measure::isKept);
    String verdict = promise == null ? "" : promise.words() + (kept ? ": kept" : ": **broken**");
    return "| "
        + String.join(
            " | ",
            name,
            verdict,
            each(rows, row -> Integer.toString(row.values().size())),
            each(rows, row -> number(row.at(0.5))),
            each(rows, row -> number(row.at(0.99))),
            each(rows, row -> number(row.at(1))),
            first.unit(),
            each(rows, row -> Long.toString(row.errors())),
            first.note().replace("|", "\\|"))
        + " |\n";
  }

  /** One cell for all runs; what is the same in all stands there once. */
  private static String each(List<Measure> rows, Function<Measure, String> cell) {
    List<String> cells = rows.stream().map(cell).toList();
    return cells.stream().distinct().count() == 1
        ? cells.getFirst()
        : cells.stream().collect(Collectors.joining(BETWEEN_RUNS));
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    return String.format(
        Locale.ROOT, value < 10 && value != Math.rint(value) ? "%.1f" : "%,.0f", value);
  }
}
