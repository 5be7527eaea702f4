package dev.capstan.cli.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The same rows as text, as JSON, and as a page that needs nothing else. */
final class BenchReport {
  private static final String HEAD = "%-4s %9s %12s %21s %9s %9s %9s %10s %8s  %s";
  private static final String ROW = "%-4s %9s %12s %21s %9.2f %9.2f %9.2f %10.0f %8d  %s";

  private final List<Sample> samples;
  private final String machine;

  BenchReport(List<Sample> samples, String machine) {
    this.samples = samples;
    this.machine = machine;
  }

  static String header() {
    return String.format(
        Locale.ROOT,
        HEAD,
        "",
        "in flight",
        "exec/s",
        "[least - most]",
        "p50 ms",
        "p99 ms",
        "max ms",
        "CPU us/ex",
        "errors",
        "");
  }

  static String row(Sample sample) {
    Sample.Latencies latencies = sample.latencies();
    String tasks =
        sample.workload().tasks() > 1
            ? String.format(
                Locale.ROOT, "%,.0f tasks/s ", sample.median() * sample.workload().tasks())
            : "";
    return String.format(
        Locale.ROOT,
        ROW,
        sample.workload(),
        sample.inFlight() == 0 ? "-" : String.valueOf(sample.inFlight()),
        sample.perSecond().isEmpty() ? "-" : String.format(Locale.ROOT, "%,.0f", sample.median()),
        sample.perSecond().isEmpty()
            ? "-"
            : String.format(Locale.ROOT, "[%,.0f - %,.0f]", sample.least(), sample.most()),
        latencies.p50(),
        latencies.p99(),
        latencies.max(),
        sample.cpuMicros(),
        sample.errors(),
        tasks + sample.note());
  }

  String json() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode report = mapper.createObjectNode();
    report.put("machine", machine);
    ArrayNode rows = report.putArray("rows");
    for (Sample sample : samples) {
      ObjectNode row = rows.addObject();
      row.put("workload", sample.workload().name()).put("title", sample.workload().title());
      row.put("inFlight", sample.inFlight()).put("executionsPerSecond", sample.median());
      sample.perSecond().forEach(row.putArray("windows")::add);
      row.putObject("latencyMillis")
          .put("p50", sample.latencies().p50())
          .put("p90", sample.latencies().p90())
          .put("p99", sample.latencies().p99())
          .put("p999", sample.latencies().p999())
          .put("max", sample.latencies().max());
      row.put("cpuMicrosPerExecution", sample.cpuMicros())
          .put("errors", sample.errors())
          .put("note", sample.note());
    }
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(report);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report of numbers and text can be written", e);
    }
  }

  String html() {
    StringBuilder page = new StringBuilder(8_192);
    page.append(
            "<!doctype html><html lang=en><meta charset=utf-8><title>Capstan bench</title><style>")
        .append(
            "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b2733}")
        .append(
            "table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;border-bottom:1px solid #d5dde5;text-align:right}")
        .append(
            "td:first-child,th:first-child,td:last-child,th:last-child{text-align:left}svg{width:100%;height:auto}</style>")
        .append("<h1>Capstan bench</h1><p>")
        .append(escaped(machine))
        .append("</p>");
    table(page);
    plot(page, "Executions a second (median of the windows)", Sample::median);
    plot(page, "Latency, p50, milliseconds", sample -> sample.latencies().p50());
    plot(page, "Latency, p99, milliseconds", sample -> sample.latencies().p99());
    plot(page, "Processor time for one execution, microseconds", Sample::cpuMicros);
    return page.append("</html>\n").toString();
  }

  private void table(StringBuilder page) {
    page.append(
            "<table><tr><th>workload<th>in flight<th>exec/s<th>least<th>most<th>p50 ms<th>p90 ms<th>p99 ms<th>max ms")
        .append("<th>CPU us/exec<th>errors<th>note</tr>");
    for (Sample sample : samples) {
      Sample.Latencies latencies = sample.latencies();
      page.append(
          String.format(
              Locale.ROOT,
              "<tr><td>%s %s<td>%d<td>%,.0f<td>%,.0f<td>%,.0f<td>%.2f<td>%.2f<td>%.2f<td>%.2f<td>%,.0f<td>%d<td>%s</tr>",
              sample.workload(),
              escaped(sample.workload().title()),
              sample.inFlight(),
              sample.median(),
              sample.least(),
              sample.most(),
              latencies.p50(),
              latencies.p90(),
              latencies.p99(),
              latencies.max(),
              sample.cpuMicros(),
              sample.errors(),
              escaped(sample.note())));
    }
    page.append("</table>");
  }

  /** Horizontal bars on a logarithmic scale, since rows differ by orders of magnitude. */
  private void plot(StringBuilder page, String title, ToDoubleFunction<Sample> value) {
    int height = 26 * samples.size() + 10;
    page.append("<h2>")
        .append(escaped(title))
        .append("</h2><svg viewBox='0 0 900 ")
        .append(height)
        .append("' role=img>");
    double most = samples.stream().mapToDouble(value).max().orElse(1);
    int y = 5;
    for (Sample sample : samples) {
      double number = value.applyAsDouble(sample);
      double width = most <= 0 ? 0 : 560 * Math.log1p(number) / Math.log1p(most);
      page.append(
          String.format(
              Locale.ROOT,
              "<text x='0' y='%d' font-size='13'>%s, %d in flight</text><rect x='170' y='%d' width='%.0f' height='16' fill='#2f6f9f'/>"
                  + "<text x='%.0f' y='%d' font-size='13'>%,.2f</text>",
              y + 13,
              sample.workload(),
              sample.inFlight(),
              y,
              width,
              176 + width,
              y + 13,
              number));
      y += 26;
    }
    page.append("</svg><p>Bars are logarithmic.</p>");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
