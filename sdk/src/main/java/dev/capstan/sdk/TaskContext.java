package dev.capstan.sdk;

import java.time.Instant;
import java.util.Optional;

/**
 * One attempt of a task, as its function sees it. All methods may be called by any thread. An
 * interface, so that tests of functions can have their own.
 */
public interface TaskContext {

  /** Id of the execution of the workflow. */
  String executionId();

  /** The task's name in the workflow. */
  String taskName();

  /** Counts the attempts of the task from 1. */
  int attempt();

  /**
   * The same for every attempt of the task, on whatever machine. Hand it to whatever must not
   * happen twice, such as a payment.
   */
  String idempotencyKey();

  /** When the attempt will be cancelled because its time is over, if it has one. */
  Optional<Instant> deadline();

  /**
   * Whether the attempt was cancelled: by the workflow, by its deadline, because it was silent for
   * longer than its function's {@link TaskFunction#heartbeat()}, or because this machine has been
   * cut off for so long that another one has the task. The thread of the function was interrupted
   * at the same time, and what the function returns from then on may count for nothing.
   */
  boolean isCancelled();

  /**
   * Calls {@code action} once when the attempt is cancelled, on a thread of its own; at once if it
   * already is. For work that an interrupt does not reach.
   */
  void onCancel(Runnable action);

  /**
   * Says that the work goes on, as a function with a {@link TaskFunction#heartbeat()} has to do
   * again and again; any other lives as long as its program is heard of by the cluster. Costs next
   * to nothing, and nothing is sent.
   */
  void heartbeat();

  /**
   * Says how far the work is, for whoever watches the execution; at most ten times a second, more
   * are left out. Each counts as a {@link #heartbeat()}, too.
   *
   * @param fraction 0 to 1, negative when unknown
   */
  void progress(double fraction, String message);
}
