package dev.capstan.worker;

import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.process.Workspaces;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all sessions of a worker share.
 *
 * @param findings what the node found on itself last
 */
record Node(
    WorkerOptions options,
    AtomicReference<Findings> findings,
    Slots slots,
    Counters counters,
    Workspaces workspaces,
    WorkerEnvironment environment) {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  long nanos() {
    return clock().getAsLong();
  }

  LongSupplier clock() {
    return environment.clock();
  }

  ScheduledExecutorService timer() {
    return environment.timer();
  }

  /** Does something after a while, unless the worker is closed before. */
  void schedule(Runnable action, long delayNanos) {
    try {
      Future<?> _ = timer().schedule(action, delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closing) {
      LOG.debug("The worker is closing: nothing is scheduled any more");
    }
  }

  /** As {@link #schedule}, and can be cancelled; null when the worker is closing. */
  @Nullable Future<?> later(Runnable action, long delayNanos) {
    try {
      return timer().schedule(action, delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closing) {
      return null;
    }
  }

  /** Does something again and again until it is cancelled; null when the worker is closing. */
  @Nullable Future<?> repeat(Runnable action, long periodNanos) {
    try {
      return timer().scheduleWithFixedDelay(action, periodNanos, periodNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closing) {
      return null;
    }
  }

  /** By kind. */
  Map<String, Executor> executors() {
    return findings.get().executors();
  }

  /** All kinds this node can run, in order. */
  List<String> kinds() {
    return List.copyOf(executors().keySet());
  }
}
