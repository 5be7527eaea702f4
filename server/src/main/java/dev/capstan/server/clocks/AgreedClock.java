package dev.capstan.server.clocks;

import dev.capstan.node.env.Clock;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The clock of this machine as far as other coordinators confirm it. Between two comparisons it
 * goes on by the monotonic clock, so that a wall clock that leaps fires no timer before the leap
 * was looked at. Before the first comparison it is the machine's. Safe for any thread.
 */
public final class AgreedClock implements Clock {
  private final Clock machine;
  private volatile @Nullable Anchor anchor;

  private record Anchor(long wallMillis, long nanos) {}

  public AgreedClock(Clock machine) {
    this.machine = machine;
  }

  @Override
  public long wallMillis() {
    Anchor since = anchor;
    return since == null
        ? machine.wallMillis()
        : since.wallMillis + TimeUnit.NANOSECONDS.toMillis(machine.nanos() - since.nanos);
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
    anchor = new Anchor(machine.wallMillis() + aheadMillis, machine.nanos());
  }
}
