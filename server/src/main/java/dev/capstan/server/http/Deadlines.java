package dev.capstan.server.http;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends network waits of slow clients. A thread that reads from or writes to a socket arms a
 * deadline first; when it passes, the thread is interrupted, which closes the socket that it waits
 * for. Nothing else bounds a client that sends or takes one byte at a time, since a socket's own
 * time limit starts anew with each.
 *
 * <p>A thread has one deadline: arming replaces it. Only the thread itself arms and disarms.
 */
final class Deadlines implements AutoCloseable {
  /** Once closed it takes nothing: what is armed after that has no end but the server's. */
  private final ScheduledThreadPoolExecutor timer;

  private final ConcurrentMap<Thread, Armed> armed = new ConcurrentHashMap<>();

  Deadlines() {
    timer =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().name("http-deadlines").daemon().factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Gives the calling thread so long, until the result is closed or something else is armed. */
  Armed arm(Duration limit) {
    Armed next = new Armed(Thread.currentThread());
    next.task = timer.schedule(next::fire, limit.toNanos(), TimeUnit.NANOSECONDS);
    Armed before = armed.put(Thread.currentThread(), next);
    if (before != null) {
      before.end();
    }
    return next;
  }

  /** Takes the calling thread's deadline away, if it has one. */
  void disarm() {
    Armed before = armed.remove(Thread.currentThread());
    if (before != null) {
      before.end();
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** One deadline. */
  final class Armed implements AutoCloseable {
    private final Thread thread;
    private volatile @Nullable ScheduledFuture<?> task;
    private boolean over;

    private Armed(Thread thread) {
      this.thread = thread;
    }

    private synchronized void fire() {
      if (!over) {
        over = true;
        thread.interrupt();
      }
    }

    /** After this the thread is not interrupted any more by this deadline. */
    private synchronized void end() {
      over = true;
      ScheduledFuture<?> scheduled = task;
      if (scheduled != null) {
        scheduled.cancel(false);
      }
    }

    @Override
    public void close() {
      end();
      armed.remove(thread, this);
    }
  }
}
