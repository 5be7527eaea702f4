package dev.capstan.server.clocks;

import dev.capstan.node.env.Clock;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The clock of this machine as far as other coordinators confirm it. Between two comparisons it
 * goes on by the monotonic clock, so that a wall clock that leaps fires no timer before the leap
 * was looked at. Before the first comparison it is the machine's, and so it is again, with the
 * difference that was agreed last, when none has been made for a while: the monotonic clock stands
 * while a machine is suspended. Safe for any thread.
 */
public final class AgreedClock implements Clock {
  private final Clock machine;
  private volatile @Nullable Anchor anchor;

  /** Many comparisons, which are made every second. */
  private static final long LONGEST_MILLIS = 60_000;

  private record Anchor(long wallMillis, long nanos, long aheadMillis) {}

  public AgreedClock(Clock machine) {
    this.machine = machine;
  }

  @Override
  public long wallMillis() {
    Anchor since = anchor;
    if (since == null) {
      return machine.wallMillis();
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(machine.nanos() - since.nanos);
    return millis < LONGEST_MILLIS
        ? since.wallMillis + millis
        : machine.wallMillis() + since.aheadMillis;
  }

  @Override
  public long nanos() {
    return machine.nanos();
  }

  /** What the clock of this machine says, whatever others' say. */
  Clock machine() {
    return machine;
  }

  /** How far this time is ahead of the machine's clock, in milliseconds. */
  long aheadMillis() {
    return wallMillis() - machine.wallMillis();
  }

  /** From now on it is so far ahead of what the machine's clock says now. */
  void set(long aheadMillis) {
    anchor = new Anchor(machine.wallMillis() + aheadMillis, machine.nanos(), aheadMillis);
  }
}
