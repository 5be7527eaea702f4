package dev.capstan.verify.simulation;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The timer of a process in virtual time. */
final class ProcessTimer extends AbstractExecutorService implements ScheduledExecutorService {
  private final SimulatedProcess process;
  private boolean shutdown;

  ProcessTimer(SimulatedProcess process) {
    this.process = process;
  }

  private final class Task extends FutureTask<Object> implements ScheduledFuture<Object> {
    private final long periodNanos;

    Task(Runnable action, long periodNanos) {
      super(action, null);
      this.periodNanos = periodNanos;
    }

    private void fire() {
      if (shutdown) {
        return;
      }
      if (periodNanos == 0) {
        run();
      } else if (runAndReset()) {
        process.after(periodNanos, this::fire);
      }
    }

    @Override
    public long getDelay(TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int compareTo(Delayed other) {
      throw new UnsupportedOperationException();
    }
  }

  private Task add(Runnable action, long delay, long period, TimeUnit unit) {
    Task task = new Task(action, unit.toNanos(period));
    process.after(unit.toNanos(delay), task::fire);
    return task;
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return add(command, delay, 0, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    return add(command, initialDelay, delay, unit);
  }

  @Override
  public void execute(Runnable command) {
    process.after(0, command);
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

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }
}
