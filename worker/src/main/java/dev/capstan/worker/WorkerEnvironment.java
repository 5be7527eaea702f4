package dev.capstan.worker;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * All that a worker has from the machine it runs on and that is never the same twice: time, chance
 * and threads. A simulation brings its own.
 *
 * @param timer one thread, for short actions only
 * @param timerIsShared whether the timer goes on when the worker has ended
 * @param clock nanoseconds that only grow, as {@link System#nanoTime}
 * @param chance spreads tries to connect
 * @param threads runs attempts
 */
public record WorkerEnvironment(
    ScheduledExecutorService timer,
    boolean timerIsShared,
    LongSupplier clock,
    RandomGenerator chance,
    Threads threads) {

  /** What runs attempts, each to its end. */
  public interface Threads {
    /**
     * Begins something that may block; returns at once.
     *
     * @param name for people who look at threads
     */
    void start(String name, Runnable action);
  }

  /** The worker has ended. */
  void release() {
    if (!timerIsShared) {
      timer.shutdownNow();
    }
  }

  /** That of this machine, with a timer of its own. */
  public static WorkerEnvironment ofThisMachine() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("capstan-worker-timer").factory());
    timer.setRemoveOnCancelPolicy(true);
    return of(timer, System::nanoTime);
  }

  /**
   * That of this machine, for a process with many workers: they share timers.
   *
   * @param clock nanoseconds that only grow; a worker for whom they don't stands still
   */
  public static WorkerEnvironment sharing(ScheduledExecutorService timer, LongSupplier clock) {
    return of(timer, true, clock);
  }

  /** That of this machine, but for time. */
  static WorkerEnvironment of(ScheduledExecutorService timer, LongSupplier clock) {
    return of(timer, false, clock);
  }

  private static WorkerEnvironment of(
      ScheduledExecutorService timer, boolean timerIsShared, LongSupplier clock) {
    return new WorkerEnvironment(
        timer,
        timerIsShared,
        clock,
        RandomGenerator.getDefault(),
        (name, action) -> Thread.ofVirtual().name(name).start(action));
  }
}
