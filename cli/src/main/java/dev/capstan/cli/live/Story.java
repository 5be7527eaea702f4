package dev.capstan.cli.live;

import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionWatcher;

/** A way to show an execution as it happens. */
public interface Story extends ExecutionWatcher, AutoCloseable {
  /** The execution has ended: shows its last state. */
  void end(Execution execution);

  /**
   * Shows nothing more and leaves the screen in order. May be called by any thread and more than
   * once.
   */
  @Override
  void close();
}
