package dev.capstan.server.boot;

import dev.capstan.node.env.Clock;

/** The system's clock, but for what it is set ahead. Any thread. */
final class LeapingClock implements Clock {
  private volatile long aheadMillis;

  void leap(long millis) {
    aheadMillis = millis;
  }

  @Override
  public long wallMillis() {
    return Clock.system().wallMillis() + aheadMillis;
  }

  @Override
  public long nanos() {
    return Clock.system().nanos();
  }
}
