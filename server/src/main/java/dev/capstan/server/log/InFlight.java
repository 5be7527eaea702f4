package dev.capstan.server.log;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what is in flight and refuses more than is allowed. Safe for any thread. */
final class InFlight {
  private final int maxEntries;
  private final long maxBytes;
  private final AtomicInteger entries = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  InFlight(int maxEntries, long maxBytes) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  /** Takes a place, or throws without taking one. */
  void acquire(int size) {
    if (entries.incrementAndGet() > maxEntries) {
      entries.decrementAndGet();
      throw new LogException.Full(maxEntries + " entries are in flight");
    }
    if (bytes.addAndGet(size) > maxBytes) {
      release(size);
      throw new LogException.Full("entries of " + maxBytes + " bytes are in flight");
    }
  }

  void release(int size) {
    bytes.addAndGet(-size);
    entries.decrementAndGet();
  }

  int entries() {
    return entries.get();
  }

  long bytes() {
    return bytes.get();
  }
}
