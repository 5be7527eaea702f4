package dev.capstan.cli.bench;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is measured of a cluster. */
final class ClusterOptions {
  private static final int USUAL_COORDINATORS = 3;
  private static final int USUAL_TASKS_AT_SILENCE = 20;
  private static final int USUAL_WORKERS = 1_000;
  private static final int USUAL_KILLS = 5;
  private static final int MOST_STOPS = 5;
  private static final int MOST_WORKERS = 10_000;

  @Option(
      names = "--coordinators",
      paramLabel = "N",
      description =
          "Measures a cluster of as many coordinators (processes on loopback, certificates, fsync): 1, 3 or 5;"
              + " 3 with --workers alone.")
  @Nullable Integer coordinators;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description =
          "Measures a cluster with as many workers; each has its own certificate and sessions, all are in this process."
              + " Half of them die, and later fall silent. 0 leaves that out; 1000 with --coordinators alone.")
  @Nullable Integer workers;

  @Option(
      names = "--tasks",
      paramLabel = "N",
      description =
          "Tasks that these workers hold at a time, and when half of them die; a multiple of 100 (default: 100 a worker).")
  @Nullable Integer tasks;

  @Option(
      names = "--silent-tasks",
      paramLabel = "N",
      description =
          "Tasks that they hold when half of them fall silent, a multiple of 100 (default: 20 a worker, at least 100).")
  @Nullable Integer silentTasks;

  @Option(
      names = "--kills",
      paramLabel = "N",
      description =
          "How often the leader is killed under load, and stopped in order (at most 5 times), and a worker with 100"
              + " tasks killed, and stopped (default: 5).")
  @Nullable Integer kills;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "Of a cluster: does it all as often, each time with a new one (default: 1).")
  @Nullable Integer runs;

  @Option(
      names = "--lenient",
      description = "Of a cluster: a promise that is broken is told, but is no failure.")
  boolean lenient;

  /** Whether a cluster is to be measured, and not one engine. */
  boolean wanted() {
    return coordinators != null || workers != null;
  }

  int coordinatorCount() {
    return coordinators == null ? USUAL_COORDINATORS : coordinators;
  }

  int workerCount() {
    return workers == null ? USUAL_WORKERS : workers;
  }

  int taskCount() {
    return tasks == null ? Fleet.branches() * workerCount() : tasks;
  }

  int silentTaskCount() {
    int branches = Fleet.branches();
    int usual = (USUAL_TASKS_AT_SILENCE * workerCount() + branches - 1) / branches * branches;
    return silentTasks == null ? Math.max(branches, usual) : silentTasks;
  }

  int killCount() {
    return kills == null ? USUAL_KILLS : kills;
  }

  /** How often the leader is stopped in order, which takes as long as it needs. */
  int stopCount() {
    return Math.min(killCount(), MOST_STOPS);
  }

  int runCount() {
    return runs == null ? 1 : runs;
  }

  /**
   * @throws IllegalArgumentException if a number can't be, or means nothing without another
   */
  void check() {
    if (!wanted()) {
      if (tasks != null || silentTasks != null || kills != null || runs != null || lenient) {
        throw new IllegalArgumentException(
            "--tasks, --silent-tasks, --kills, --runs and --lenient are for a cluster: say --coordinators or"
                + " --workers");
      }
      return;
    }
    int count = coordinatorCount();
    if (count < 1 || count > 5 || count % 2 == 0) {
      throw new IllegalArgumentException("--coordinators is 1, 3 or 5, not " + count);
    }
    if (workerCount() != 0 && (workerCount() < 2 || workerCount() > MOST_WORKERS)) {
      throw new IllegalArgumentException(
          "--workers is 0 or from 2 to %d, since half of them fall silent; not %d"
              .formatted(MOST_WORKERS, workerCount()));
    }
    checkTasks("--tasks", tasks);
    checkTasks("--silent-tasks", silentTasks);
    if (killCount() < 0) {
      throw new IllegalArgumentException("--kills is 0 or more, not " + kills);
    }
    if (runCount() < 1) {
      throw new IllegalArgumentException("--runs is 1 or more, not " + runs);
    }
  }

  private void checkTasks(String option, @Nullable Integer count) {
    if (count != null && workerCount() == 0) {
      throw new IllegalArgumentException(option + " needs workers that hold them: say --workers");
    }
    if (count != null && (count < Fleet.branches() || count % Fleet.branches() != 0)) {
      throw new IllegalArgumentException(
          "%s is a multiple of %d, which is what an execution has; not %d"
              .formatted(option, Fleet.branches(), count));
    }
  }
}
