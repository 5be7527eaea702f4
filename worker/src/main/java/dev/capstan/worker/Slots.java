package dev.capstan.worker;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** How many attempts run at a time on this node, over all sessions together. */
final class Slots {

  private final AtomicInteger taken = new AtomicInteger();
  private volatile int size;
  private volatile @Nullable Runnable listener;

  Slots(int size) {
    this.size = size;
  }

  int size() {
    return size;
  }

  int taken() {
    return taken.get();
  }

  /** Who hears that slots were taken or given back; at once, on the thread that did it. */
  void onChange(Runnable hears) {
    listener = hears;
  }

  private void tell() {
    Runnable hears = listener;
    if (hears != null) {
      hears.run();
    }
  }

  /** Attempts beyond a smaller size go on; only no new ones are taken. */
  void resize(int newSize) {
    size = newSize;
  }

  boolean take() {
    int now = taken.get();
    while (now < size) {
      if (taken.compareAndSet(now, now + 1)) {
        tell();
        return true;
      }
      now = taken.get();
    }
    return false;
  }

  void giveBack() {
    taken.decrementAndGet();
    tell();
  }
}
