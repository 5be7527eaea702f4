package dev.capstan.worker;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What some threads tell and others wait for. Any thread. */
final class Changes {
  private final Object monitor = new Object();

  /** Something is not as it was: whoever waits looks again. */
  void tell() {
    synchronized (monitor) {
      monitor.notifyAll();
    }
  }

  /** Waits for a condition whose changes are told; whether it held before that time. */
  boolean await(BooleanSupplier condition, long endNanos) throws InterruptedException {
    synchronized (monitor) {
      while (!condition.getAsBoolean()) {
        long left = endNanos - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(monitor, left);
      }
    }
    return true;
  }
}
