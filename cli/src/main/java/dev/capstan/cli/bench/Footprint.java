package dev.capstan.cli.bench;

import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the coordinators use, whichever processes they are: to be asked at moments that matter, and
 * before a process is killed. For one thread.
 */
final class Footprint {
  private static final String HEAP = "jvm_memory_used_bytes{area=\"heap\"";

  private final LocalCluster cluster;
  private final Doors doors;
  private final Map<String, Used> used = new TreeMap<>();

  /** What one coordinator has used in all its processes. */
  private static final class Used {
    private final List<Double> heapMegabytes = new ArrayList<>();
    private double peakResidentMegabytes;
    private double formerSeconds;
    private double seconds;
    private long process;
    private int processes;
  }

  Footprint(LocalCluster cluster, Doors doors) {
    this.cluster = cluster;
    this.doors = doors;
  }

  /** Looks at all that live. */
  void sample() {
    List<String> alive = cluster.alive();
    doors
        .each()
        .forEach((name, door) -> {
          if (alive.contains(name)) {
            sample(name, door);
          }
        });
  }

  private void sample(String name, CapstanClient door) {
    Used its = used.computeIfAbsent(name, _ -> new Used());
    long process = cluster.pid(name);
    if (process != its.process) {
      its.process = process;
      its.processes++;
      its.formerSeconds += its.seconds;
      its.seconds = 0;
    }
    Processes.Usage usage = Processes.usage(process);
    its.seconds = Math.max(its.seconds, usage.processorSeconds());
    its.peakResidentMegabytes = Math.max(its.peakResidentMegabytes, usage.peakResidentMegabytes());
    try {
      its.heapMegabytes.add(heapBytes(CapstanClient.await(door.metrics())) / (1 << 20));
    } catch (CapstanException stillStarting) {
      // It is asked again at the next moment.
    }
  }

  private static double heapBytes(String metrics) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(HEAP))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Two rows for each coordinator. */
  List<Measure> measures() {
    List<Measure> rows = new ArrayList<>();
    used.forEach((name, its) -> {
      rows.add(
          Measure.of(
              name + ": heap in use",
              "MB",
              its.heapMegabytes,
              "garbage included; resident at most %.0f MB".formatted(its.peakResidentMegabytes)));
      rows.add(
          Measure.of(
              name + ": processor time",
              "s",
              List.of(its.formerSeconds + its.seconds),
              its.processes == 1 ? "one process" : "of " + its.processes + " processes"));
    });
    return rows;
  }
}
