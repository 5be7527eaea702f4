package dev.capstan.server.nodes;

/**
 * How many of the attempts that were sent to one worker it has not read yet, and for how long. A
 * worker that has had no time to read the last ones gets no more: else what is on its way to it
 * grows until it can't even say in time that it lives, is lost, and gets all of it again. Safe for
 * any thread.
 */
final class Confirmations {
  private boolean expected;
  private long sent;
  private long read;

  /** What is awaited: that so many have been read. */
  private long awaited;

  private long sinceNanos;
  private volatile boolean late;

  /** Whether the worker confirms at all; nothing is awaited of one that does not. */
  synchronized void expect(boolean confirms) {
    expected = confirms;
  }

  /** So many more go out. */
  synchronized void sent(int count, long now) {
    sent += count;
    if (awaited <= read) {
      await(now);
    }
  }

  /** So many of those that were sent last never went out. */
  synchronized void dropped(int count, long now) {
    sent -= count;
    await(now);
    late = false;
  }

  /**
   * The worker has read so many in all.
   *
   * @return whether it was late until now
   */
  synchronized boolean read(long count, long now) {
    read = Math.max(read, Math.min(count, sent));
    if (read < awaited) {
      return false;
    }
    await(now);
    boolean was = late;
    late = false;
    return was;
  }

  private void await(long now) {
    awaited = sent;
    sinceNanos = now;
  }

  /** Looks whether it takes the worker longer than this to read what it was sent. */
  synchronized void look(long now, long atMostNanos) {
    late |= expected && awaited > read && now - sinceNanos > atMostNanos;
  }

  /** Whether the worker has not read in time what it was sent, and still has not. */
  boolean isLate() {
    return late;
  }
}
