package dev.capstan.server.boot;

import dev.capstan.node.env.Clock;
import dev.capstan.server.registry.Schedules;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of everything that happens by time outside the partition. The watch over sessions has
 * one of its own: the rest may wait for the disk, and workers that hear nothing of their leader for
 * a lease stop what they run.
 */
final class Duties implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Duties.class);

  /** The wall clock may jump: planned times are looked at this often at the latest. */
  private static final Duration LONGEST_SLEEP = Duration.ofSeconds(1);

  private final Schedules schedules;
  private final Clock clock;
  private final ScheduledThreadPoolExecutor timer;
  private final ScheduledThreadPoolExecutor watch;
  private @Nullable Future<?> planned;

  Duties(Schedules schedules, Clock clock) {
    this.schedules = schedules;
    this.clock = clock;
    timer = thread("capstan-duties");
    watch = thread("capstan-session-watch");
  }

  private static ScheduledThreadPoolExecutor thread(String name) {
    ScheduledThreadPoolExecutor thread =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name(name).factory());
    thread.setRemoveOnCancelPolicy(true);
    return thread;
  }

  /**
   * Looks at sessions several times in each interval of keep-alives.
   *
   * @param look must not wait for the disk
   */
  void watch(Runnable look, Duration keepAlive) {
    long period = Math.max(1, keepAlive.toMillis() / 4);
    Future<?> _ =
        watch.scheduleWithFixedDelay(() -> guarded(look), period, period, TimeUnit.MILLISECONDS);
  }

  /**
   * Looks at sessions once more after so long. Any thread.
   *
   * @param look must not wait for the disk
   */
  void watchOnce(Runnable look, Duration after) {
    try {
      Future<?> _ = watch.schedule(() -> guarded(look), after.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closing) {
      LOG.debug("Stopping: nothing is looked at any more");
    }
  }

  /** Does something again and again, each time so long after it was done. */
  void repeat(Runnable duty, Duration pause) {
    Future<?> _ =
        timer.scheduleWithFixedDelay(
            () -> guarded(duty), pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Does something once, soon. Any thread. */
  void once(Runnable duty) {
    give(timer, duty);
  }

  /**
   * Does something once and at once, also while other duties wait for the disk. Any thread.
   *
   * @param duty must not wait for the disk
   */
  void atOnce(Runnable duty) {
    give(watch, duty);
  }

  private static void give(ScheduledThreadPoolExecutor thread, Runnable duty) {
    try {
      thread.execute(() -> guarded(duty));
    } catch (RejectedExecutionException closing) {
      LOG.debug("Stopping: nothing is done any more");
    }
  }

  /** Looks at the schedules now and then whenever one is due. Any thread. */
  void lookAtSchedules() {
    plan(Duration.ZERO);
  }

  private void runSchedules() {
    guarded(() -> {
      Instant now = Instant.ofEpochMilli(clock.wallMillis());
      Instant next = schedules.doWork(now);
      if (next != null) {
        Duration until = Duration.between(now, next);
        plan(until.compareTo(LONGEST_SLEEP) < 0 ? until : LONGEST_SLEEP);
      }
    });
  }

  private synchronized void plan(Duration in) {
    if (planned != null) {
      planned.cancel(false);
    }
    try {
      planned =
          timer.schedule(this::runSchedules, Math.max(0, in.toMillis()), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closing) {
      LOG.debug("Stopping: nothing is planned any more");
    }
  }

  private static void guarded(Runnable duty) {
    try {
      duty.run();
    } catch (RuntimeException e) {
      LOG.error("A duty failed; it is done again when it is due", e);
    }
  }

  @Override
  public void close() {
    Stopping.await(watch);
    Stopping.await(timer);
  }
}
