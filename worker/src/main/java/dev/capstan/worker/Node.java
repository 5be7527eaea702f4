package dev.capstan.worker;

import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.process.Workspaces;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all sessions of a worker share.
 *
 * @param executors by kind
 * @param timer one thread, for short actions only
 */
record Node(
    WorkerOptions options,
    Map<String, Executor> executors,
    Slots slots,
    Counters counters,
    Workspaces workspaces,
    ScheduledExecutorService timer) {

  /** All kinds this node can run, in order. */
  List<String> kinds() {
    return List.copyOf(executors.keySet());
  }
}
