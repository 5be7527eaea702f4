package dev.capstan.server.partition;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread sleep until something is to be done. Any number of signals while it is awake cost
 * one volatile read each, and a burst while it sleeps wakes it once.
 */
final class Waker {
  private volatile @Nullable Thread sleeper;

  /** There is something to do. */
  void signal() {
    Thread thread = sleeper;
    if (thread != null) {
      sleeper = null;
      LockSupport.unpark(thread);
    }
  }

  /**
   * Says that the calling thread is about to sleep; from here on a signal ends the next {@link
   * #sleep}.
   */
  void prepare() {
    sleeper = Thread.currentThread();
  }

  /** Sleeps after {@link #prepare}; may end early for no reason. */
  void sleep(long nanos) {
    if (sleeper != null) {
      LockSupport.parkNanos(this, nanos);
    }
    sleeper = null;
  }

  /** Takes {@link #prepare} back. */
  void stayAwake() {
    sleeper = null;
  }
}
