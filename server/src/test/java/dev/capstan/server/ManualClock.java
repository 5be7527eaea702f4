package dev.capstan.server;

import dev.capstan.node.env.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until told otherwise. */
public final class ManualClock implements Clock {
  private final AtomicLong wallMillis;
  private final AtomicLong nanos = new AtomicLong();

  public ManualClock(long wallMillis) {
    this.wallMillis = new AtomicLong(wallMillis);
  }

  @Override
  public long wallMillis() {
    return wallMillis.get();
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  /** Lets both clocks run on. */
  public void advance(Duration by) {
    wallMillis.addAndGet(by.toMillis());
    nanos.addAndGet(by.toNanos());
  }

  /** Sets the wall clock alone, as an operator or a time service does. */
  public void jumpTo(long newWallMillis) {
    wallMillis.set(newWallMillis);
  }
}
