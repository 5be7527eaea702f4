package dev.capstan.server.metrics;

import java.util.Locale;

/** The reference page of the metrics, made from the catalogue. */
final class MetricsReference {
  private MetricsReference() {}

  static String markdown() {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Metrics

        `GET /metrics` answers in Prometheus' text format. Made from the catalogue in `Metric`; a test keeps it so.

        Counters count since the start of the process. A timer `x_seconds` has the series `x_seconds_count`, `x_seconds_sum`,
        `x_seconds_max` and the buckets `x_seconds_bucket`. Labels have few values: never an id, a text or an address.

        | name | kind | labels | meaning |
        |---|---|---|---|
        """);
    for (Metric metric : Metric.values()) {
      page.append("| `").append(metric.id()).append("` | ");
      page.append(metric.kind().name().toLowerCase(Locale.ROOT)).append(" | ");
      page.append(String.join(", ", metric.labels())).append(" | ");
      page.append(metric.description()).append(" |\n");
    }
    page.append(
        """

        The process tells of itself under the names that Micrometer gives: `jvm_memory_*`, `jvm_gc_*`, `jvm_threads_*`,
        `process_cpu_*`, `process_files_*`, `process_uptime_*`, `system_cpu_*`, `system_load_*`.
        """);
    return page.toString();
  }
}
