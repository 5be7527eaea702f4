package dev.capstan.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What other processes of this machine use, as Linux tells. */
final class Processes {
  private Processes() {}

  record Usage(double peakResidentMegabytes, double processorSeconds) {}

  /** Zeros where it can't be known. */
  static Usage usage(long pid) {
    double processor =
        ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO)
                .toMillis()
            / 1e3;
    try {
      double kilobytes =
          Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
              .filter(line -> line.startsWith("VmHWM:"))
              .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
              .findFirst()
              .orElse(0);
      return new Usage(kilobytes / 1024, processor);
    } catch (IOException e) {
      return new Usage(0, processor);
    }
  }
}
