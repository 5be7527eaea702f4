package dev.capstan.worker.executor;

import java.time.Duration;

/**
 * What an attempt may use of this node. Nothing here is without a bound.
 *
 * @param responseBytes largest HTTP response body, in bytes, after decompression
 * @param processOutputBytes most that is kept of each stream a program's result is made of, in
 *     bytes
 * @param scriptBytes largest script fetched from a {@code source}, in bytes
 * @param streamedBytes most that one attempt may show while it runs, in bytes
 * @param streamedBytesPerSecond how fast it may show it, in bytes per second
 * @param backgroundProcesses most programs started with {@code await: false} that run at a time
 * @param killGrace time between asking a process to end (SIGTERM) and killing it (SIGKILL)
 */
public record Limits(
    int responseBytes,
    int processOutputBytes,
    int scriptBytes,
    int streamedBytes,
    int streamedBytesPerSecond,
    int backgroundProcesses,
    Duration killGrace) {

  private static final int KB = 1024;

  private static final int MB = 1024 * KB;

  public Limits {
    positive("responseBytes", responseBytes);
    positive("processOutputBytes", processOutputBytes);
    positive("scriptBytes", scriptBytes);
    positive("streamedBytes", streamedBytes);
    positive("streamedBytesPerSecond", streamedBytesPerSecond);
    if (backgroundProcesses < 0) {
      throw new IllegalArgumentException(
          "backgroundProcesses must not be negative: " + backgroundProcesses);
    }
    if (killGrace.isNegative()) {
      throw new IllegalArgumentException("killGrace must not be negative: " + killGrace);
    }
  }

  /** Limits that suit a node of a few gigabytes. */
  public static Limits ofDefaults() {
    return new Limits(16 * MB, 16 * MB, MB, 4 * MB, 256 * KB, 16, Duration.ofMillis(500));
  }

  /** These limits with another {@link #responseBytes()}. */
  public Limits withResponseBytes(int bytes) {
    return new Limits(
        bytes,
        processOutputBytes,
        scriptBytes,
        streamedBytes,
        streamedBytesPerSecond,
        backgroundProcesses,
        killGrace);
  }

  /** These limits with another {@link #processOutputBytes()}. */
  public Limits withProcessOutputBytes(int bytes) {
    return new Limits(
        responseBytes,
        bytes,
        scriptBytes,
        streamedBytes,
        streamedBytesPerSecond,
        backgroundProcesses,
        killGrace);
  }

  /** These limits with another bound of what attempts show while they run. */
  public Limits withStreaming(int bytes, int bytesPerSecond) {
    return new Limits(
        responseBytes,
        processOutputBytes,
        scriptBytes,
        bytes,
        bytesPerSecond,
        backgroundProcesses,
        killGrace);
  }

  /** These limits with another {@link #backgroundProcesses()}. */
  public Limits withBackgroundProcesses(int count) {
    return new Limits(
        responseBytes,
        processOutputBytes,
        scriptBytes,
        streamedBytes,
        streamedBytesPerSecond,
        count,
        killGrace);
  }

  /** These limits with another {@link #killGrace()}. */
  public Limits withKillGrace(Duration grace) {
    return new Limits(
        responseBytes,
        processOutputBytes,
        scriptBytes,
        streamedBytes,
        streamedBytesPerSecond,
        backgroundProcesses,
        grace);
  }

  private static void positive(String name, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be greater than 0: " + value);
    }
  }
}
