package dev.capstan.server.partition;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.TaskRun;
import org.jspecify.annotations.Nullable;

/** What is wrong when something has no owner, in words. */
final class Ownership {
  private Ownership() {}

  /** Of an execution that nothing and nobody will touch. */
  static String ownerless(Execution state) {
    return state.id() + " is " + state.status().word() + ", and nothing will make it go on";
  }

  /** Whether a run is on the node that has its attempt; null when it is. */
  static @Nullable String onNode(RunKey key, TaskRun run, Attempts.@Nullable Attempt attempt) {
    String node = run.node();
    boolean same =
        attempt == null
            ? node == null
            : attempt.node().equals(node)
                && attempt.epoch() == run.epoch()
                && attempt.attempt() == run.attempt();
    return same
        ? null
        : key.execution()
            + "#"
            + key.run()
            + " is on node "
            + node
            + ", and its attempt is "
            + attempt;
  }
}
