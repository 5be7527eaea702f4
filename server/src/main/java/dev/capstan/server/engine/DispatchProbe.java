package dev.capstan.server.engine;

import dev.capstan.core.history.Event;
import dev.capstan.node.env.Clock;
import dev.capstan.server.metrics.Metrics.Stopwatch;
import dev.capstan.server.partition.PartitionRequests.CommitListener;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Measures how long tasks take to reach their nodes. Commits are heard right after their attempts
 * have been handed over, on the partition's thread; to cost next to nothing there, it follows one
 * start at a time, one task of each commit, and few of those that have to wait for a node.
 */
final class DispatchProbe implements CommitListener {
  private static final int FOLLOWED = 256;
  private static final long GIVEN_UP_MILLIS = TimeUnit.MINUTES.toMillis(10);
  private static final long START_GIVEN_UP_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Clock clock;
  private final Stopwatch fromStart;
  private final Stopwatch fromReady;
  private final AtomicReference<@Nullable Taken> start = new AtomicReference<>();

  /** When a task that waits for a node was ready. The partition's thread alone. */
  private final Map<Run, Long> waiting = new LinkedHashMap<>();

  /** A start that is followed. */
  private record Taken(String execution, long nanos) {}

  private record Run(String execution, long task) {}

  DispatchProbe(Clock clock, Stopwatch fromStart, Stopwatch fromReady) {
    this.clock = clock;
    this.fromStart = fromStart;
    this.fromReady = fromReady;
  }

  /** A start is about to be handed on. Any thread. */
  void starts(String execution) {
    Taken followed = start.get();
    if (followed == null || clock.nanos() - followed.nanos > START_GIVEN_UP_NANOS) {
      start.compareAndSet(followed, new Taken(execution, clock.nanos()));
    }
  }

  @Override
  public void committed(Summary summary, Event.Recorded recorded) {
    Event.TaskStarted dispatched = firstDispatched(recorded.events());
    Taken followed = start.get();
    if (followed != null && followed.execution.equals(summary.id())) {
      if (dispatched != null) {
        fromStart.record(clock.nanos() - followed.nanos);
      }
      if (dispatched != null || summary.status().hasEnded()) {
        start.compareAndSet(followed, null);
      }
    }
    if (dispatched != null) {
      measure(recorded, dispatched, summary.id());
    }
    follow(recorded, summary.id());
  }

  private static Event.@Nullable TaskStarted firstDispatched(List<Event> events) {
    for (Event event : events) {
      if (event instanceof Event.TaskStarted started && started.node() != null) {
        return started;
      }
    }
    return null;
  }

  /** A task that was ready in the same batch, and those that were followed. */
  private void measure(Event.Recorded recorded, Event.TaskStarted first, String execution) {
    long now = clock.wallMillis();
    if (recorded.events().stream()
        .anyMatch(event ->
            event instanceof Event.TaskCreated created && created.task() == first.task())) {
      record(recorded.time().toEpochMilli(), now);
    }
    if (waiting.isEmpty()) {
      return;
    }
    for (Event event : recorded.events()) {
      if (event instanceof Event.TaskStarted started && started.node() != null) {
        Long ready = waiting.remove(new Run(execution, started.task()));
        if (ready != null) {
          record(ready, now);
        }
      }
    }
  }

  private void record(long readyMillis, long nowMillis) {
    fromReady.record(TimeUnit.MILLISECONDS.toNanos(Math.max(0, nowMillis - readyMillis)));
  }

  /** Follows the last task of a batch that is ready and not on a node; forgets what has ended. */
  private void follow(Event.Recorded recorded, String execution) {
    long task = -1;
    long ready = 0;
    for (Event event : recorded.events()) {
      if (event instanceof Event.TaskCreated created) {
        task = created.task();
        ready = recorded.time().toEpochMilli();
      } else if (event instanceof Event.TaskRetried retried) {
        forget(execution, retried.task());
        task = retried.task();
        ready = later(retried.at(), recorded.time());
      } else if (event instanceof Event.TaskEvent other && !waiting.isEmpty()) {
        forget(execution, other.task());
      }
      if (event instanceof Event.TaskEvent other
          && other.task() == task
          && !(other instanceof Event.TaskCreated || other instanceof Event.TaskRetried)) {
        task = -1;
      }
    }
    if (task >= 0 && makeRoom()) {
      waiting.put(new Run(execution, task), ready);
    }
  }

  private void forget(String execution, long task) {
    if (!waiting.isEmpty()) {
      waiting.remove(new Run(execution, task));
    }
  }

  private static long later(Instant one, Instant other) {
    return Math.max(one.toEpochMilli(), other.toEpochMilli());
  }

  /** Nobody knows whether the eldest will ever get a node; it is given up after a while. */
  private boolean makeRoom() {
    if (waiting.size() < FOLLOWED) {
      return true;
    }
    Iterator<Long> eldest = waiting.values().iterator();
    if (clock.wallMillis() - eldest.next() > GIVEN_UP_MILLIS) {
      eldest.remove();
      return true;
    }
    return false;
  }
}
