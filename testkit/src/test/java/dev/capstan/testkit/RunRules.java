package dev.capstan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import java.util.List;
import java.util.function.Predicate;

/** What an execution knows of its runs without a look at all of them is what such a look shows. */
final class RunRules {
  private RunRules() {}

  static void check(Execution execution) {
    for (TaskRun run : execution.runs()) {
      assertThat(List.copyOf(execution.runsIn(run)))
          .as("directly inside of run %s", run.id())
          .isEqualTo(those(execution, each -> each.parent() == run));
      assertThat(execution.runsBelow(run).reversed())
          .as("inside of run %s", run.id())
          .isEqualTo(those(execution, each -> isBelow(each, run)));
    }
    if (!execution.status().hasEnded() && !execution.isSuspended()) {
      boolean waits = execution.runs().stream().anyMatch(run -> run.status() == Status.WAITING);
      boolean works = execution.runs().stream().anyMatch(RunRules::works);
      assertThat(execution.status() == Status.WAITING).as("it waits").isEqualTo(waits && !works);
    }
  }

  private static boolean works(TaskRun run) {
    return run.status() == Status.PENDING || (run.status() == Status.RUNNING && run.node() != null);
  }

  private static boolean isBelow(TaskRun run, TaskRun scope) {
    TaskRun parent = run.parent();
    return parent != null && (parent == scope || isBelow(parent, scope));
  }

  private static List<TaskRun> those(Execution execution, Predicate<TaskRun> which) {
    return execution.runs().stream().filter(which).toList();
  }
}
