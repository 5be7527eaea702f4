package dev.capstan.cli.bench;

import java.time.Duration;
import java.util.List;

/**
 * How long and how much.
 *
 * @param inFlight numbers of executions at a time
 * @param warmUp before each row
 * @param window the length of one measurement
 * @param windows measurements of a row
 * @param payloadBytes of each input
 * @param crowd how many executions wait in W6
 */
record BenchOptions(
    List<Workload> workloads,
    List<Integer> inFlight,
    Duration warmUp,
    Duration window,
    int windows,
    int payloadBytes,
    int crowd) {
  BenchOptions {
    workloads = List.copyOf(workloads);
    inFlight = List.copyOf(inFlight);
    if (windows < 1 || payloadBytes < 16 || crowd < 1 || inFlight.stream().anyMatch(n -> n < 1)) {
      throw new IllegalArgumentException(
          "windows, in-flight and waiting are at least 1, the payload at least 16 bytes");
    }
  }
}
