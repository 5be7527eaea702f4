package dev.capstan.verify.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/** What is to happen, and virtual time, which passes from one thing to the next. */
final class Agenda {
  private static final boolean TOLD = Boolean.getBoolean("simulation.story");

  private final PriorityQueue<Entry> entries =
      new PriorityQueue<>(
          Comparator.comparingLong(Entry::atNanos).thenComparingLong(Entry::number));
  private long nowNanos = TimeUnit.SECONDS.toNanos(1);
  private long number;

  private record Entry(long atNanos, long number, Runnable action) {}

  long nanos() {
    return nowNanos;
  }

  /** Says what happens, where somebody wants to read it: {@code -Dsimulation.story=true}. */
  void tell(String what) {
    if (TOLD) {
      System.err.printf("%,d us %s%n", nowNanos / 1_000, what);
    }
  }

  /** How many things have been put down so far. */
  long number() {
    return number;
  }

  void after(long nanos, Runnable action) {
    entries.add(new Entry(nowNanos + Math.max(0, nanos), number++, action));
  }

  /** Does what comes next. */
  void step() {
    Entry next = entries.remove();
    nowNanos = Math.max(nowNanos, next.atNanos());
    next.action().run();
  }
}
