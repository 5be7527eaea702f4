package dev.capstan.worker;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Time that passes when a test says so, with a timer that does what is due on the test's thread.
 * Safe for concurrent use, but {@link #pass} by one thread only.
 */
final class ManualTimer extends AbstractExecutorService implements ScheduledExecutorService {
  private final List<Task> tasks = new ArrayList<>();
  private volatile long now;
  private int given;
  private volatile boolean shutdown;

  /** What time it is. */
  long nanos() {
    return now;
  }

  /** Lets time pass, and does what becomes due, in its order. */
  void pass(long millis) {
    long end = now + TimeUnit.MILLISECONDS.toNanos(millis);
    for (Task next = next(end); next != null; next = next(end)) {
      now = Math.max(now, next.due);
      next.fire();
    }
    now = end;
  }

  /** How much it has still to do, what is repeated once each. */
  int waiting() {
    synchronized (tasks) {
      tasks.removeIf(Task::isDone);
      return tasks.size();
    }
  }

  /** How much it was ever given to do, what is repeated once each. */
  int given() {
    synchronized (tasks) {
      return given;
    }
  }

  private @Nullable Task next(long end) {
    synchronized (tasks) {
      tasks.removeIf(Task::isDone);
      Task next =
          tasks.stream()
              .filter(task -> task.due <= end)
              .min(Comparator.comparingLong(task -> task.due))
              .orElse(null);
      if (next != null && next.period == 0) {
        tasks.remove(next);
      }
      return next;
    }
  }

  private Task add(Runnable action, long delay, long period, TimeUnit unit) {
    Task task = new Task(action, now + unit.toNanos(delay), unit.toNanos(period));
    synchronized (tasks) {
      tasks.add(task);
      given++;
    }
    return task;
  }

  private final class Task extends FutureTask<Object> implements ScheduledFuture<Object> {
    private final long period;
    private volatile long due;

    Task(Runnable action, long due, long period) {
      super(action, null);
      this.due = due;
      this.period = period;
    }

    void fire() {
      if (period == 0) {
        run();
      } else {
        runAndReset();
        due = now + period;
      }
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - now, TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return add(command, delay, 0, unit);
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    return add(command, initialDelay, delay, unit);
  }

  @Override
  public void execute(Runnable command) {
    command.run();
  }

  @Override
  public void shutdown() {
    shutdown = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutdown = true;
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return shutdown;
  }
}
