package dev.capstan.verify.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What faults did to clusters, as tables that can be pasted into docs/performance.md: how long each
 * kind was felt, and what became of what was acknowledged. One for all fault tests of a run; it is
 * printed, and written to {@code target/faults.md}, after each of them.
 */
final class FaultReport {
  private static final FaultReport ALL = new FaultReport();
  private static final Path FILE = Path.of("target", "faults.md");

  private final Map<String, List<Double>> felt = new TreeMap<>();
  private final Map<String, String> tests = new ConcurrentSkipListMap<>();

  private FaultReport() {}

  /** The one of this run. */
  static FaultReport ofRun() {
    return ALL;
  }

  /**
   * A fault was felt for so long.
   *
   * @param kind the fault and what is measured
   */
  synchronized void felt(String kind, double millis) {
    felt.computeIfAbsent(kind, _ -> new ArrayList<>()).add(millis);
  }

  /** A test has ended, and nothing that was acknowledged is lost. */
  synchronized void ended(String test, long seed, int faults, Callers callers) {
    tests.put(
        test,
        "| %s | %d | %d | %,d | %,d | %,d | 0 |"
            .formatted(
                test, seed, callers.partitions(), faults, callers.acknowledged(), callers.looks()));
    String text = text();
    System.out.println(text);
    try {
      Files.writeString(FILE, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The tables. */
  synchronized String text() {
    StringBuilder text = new StringBuilder();
    text.append("%n%s, %d processors:%n%n".formatted(today(), processors()));
    text.append("| test | seed | partitions | faults | starts acknowledged | looked up | lost |\n");
    text.append("|---|---|---|---|---|---|---|\n");
    tests.values().forEach(line -> text.append(line).append('\n'));
    text.append("\n| fault, and what is measured | times | p50 ms | p90 ms | p99 ms | max ms |\n");
    text.append("|---|---|---|---|---|---|\n");
    felt.forEach((kind, millis) -> text.append(line(kind, millis)).append('\n'));
    return text.toString();
  }

  private static String line(String kind, List<Double> millis) {
    List<Double> sorted = millis.stream().sorted().toList();
    return "| %s | %d | %,.0f | %,.0f | %,.0f | %,.0f |"
        .formatted(
            kind,
            sorted.size(),
            percentile(sorted, 50),
            percentile(sorted, 90),
            percentile(sorted, 99),
            sorted.getLast());
  }

  /** The smallest that so many percent do not exceed. */
  static double percentile(List<Double> sorted, int percent) {
    return sorted.get(Math.max(0, (sorted.size() * percent + 99) / 100 - 1));
  }

  private static LocalDate today() {
    return LocalDate.now(Clock.systemUTC());
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }
}
