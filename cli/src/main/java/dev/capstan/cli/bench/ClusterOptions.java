package dev.capstan.cli.bench;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is measured of a cluster. */
final class ClusterOptions {
  private static final int USUAL_COORDINATORS = 3;
  private static final int MOST_WORKERS = 10_000;

  @Option(
      names = "--coordinators",
      paramLabel = "N",
      description =
          "Measures a cluster of as many coordinators (processes on loopback, certificates, fsync): 1, 3 or 5.")
  @Nullable Integer coordinators;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description =
          "Measures a cluster with as many workers; each has its own certificate and sessions, all are in this process.")
  @Nullable Integer workers;

  @Option(
      names = "--tasks",
      paramLabel = "N",
      description = "With --workers: tasks that run at a time (default: 100 a worker).")
  @Nullable Integer tasks;

  @Option(
      names = "--kills",
      paramLabel = "N",
      description = "With --coordinators: how often the leader is killed under load (default: 5).")
  int kills = 5;

  /** Whether a cluster is to be measured, and not one engine. */
  boolean wanted() {
    return coordinators != null || workers != null;
  }

  int coordinatorCount() {
    return coordinators == null ? USUAL_COORDINATORS : coordinators;
  }

  /**
   * @throws IllegalArgumentException if a number can't be
   */
  void check() {
    int count = coordinatorCount();
    if (count < 1 || count > 5 || count % 2 == 0) {
      throw new IllegalArgumentException("--coordinators is 1, 3 or 5");
    }
    if (workers != null && (workers < 1 || workers > MOST_WORKERS)) {
      throw new IllegalArgumentException("--workers is from 1 to " + MOST_WORKERS);
    }
    if (tasks != null && tasks < 1) {
      throw new IllegalArgumentException("--tasks is at least 1");
    }
    if (kills < 0 || (count == 1 && kills > 0 && coordinators != null && kills != 5)) {
      throw new IllegalArgumentException("--kills needs three coordinators, and is 0 or more");
    }
  }
}
