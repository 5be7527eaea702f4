package dev.capstan.cli.bench;

import java.util.List;

/**
 * One row of the report.
 *
 * @param inFlight executions at a time; 0 where that means nothing
 * @param perSecond executions ended a second, one value a window
 * @param latencies milliseconds from start to end, percentiles
 * @param cpuMicros processor time of the whole process for one execution, all roles included
 * @param errors refused or broken starts
 * @param note what else there is to say
 */
record Sample(
    Workload workload,
    int inFlight,
    List<Double> perSecond,
    Latencies latencies,
    double cpuMicros,
    long errors,
    String note) {

  /** Percentiles in milliseconds. */
  record Latencies(double p50, double p90, double p99, double p999, double max) {}

  /** The middle window. */
  double median() {
    return sorted().isEmpty() ? 0 : sorted().get(sorted().size() / 2);
  }

  double least() {
    return sorted().isEmpty() ? 0 : sorted().getFirst();
  }

  double most() {
    return sorted().isEmpty() ? 0 : sorted().getLast();
  }

  private List<Double> sorted() {
    return perSecond.stream().sorted().toList();
  }
}
