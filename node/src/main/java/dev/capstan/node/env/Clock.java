package dev.capstan.node.env;

/** The only source of time. Safe for any thread. */
public interface Clock {

  /** Milliseconds since 1970-01-01T00:00Z; may jump either way. For timestamps people read. */
  long wallMillis();

  /** Nanoseconds from an arbitrary origin; never goes back. For durations, leases and timers. */
  long nanos();

  /** The clock of this machine. */
  static Clock system() {
    return SystemClock.INSTANCE;
  }
}
