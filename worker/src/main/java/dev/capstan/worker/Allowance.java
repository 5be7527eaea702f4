package dev.capstan.worker;

/**
 * How much an attempt may still show: so much at all, and so much a second with a burst of one
 * second.
 */
final class Allowance {

  private final long bytesPerSecond;
  private long left;
  private double ready;
  private long filledNanos;

  Allowance(long total, long bytesPerSecond, long nowNanos) {
    this.left = total;
    this.bytesPerSecond = bytesPerSecond;
    this.ready = (double) bytesPerSecond;
    this.filledNanos = nowNanos;
  }

  /** Takes that many bytes, or none. */
  synchronized boolean take(int bytes, long nowNanos) {
    ready =
        Math.min((double) bytesPerSecond, ready + (nowNanos - filledNanos) / 1e9 * bytesPerSecond);
    filledNanos = nowNanos;
    if (bytes > left || bytes > ready) {
      return false;
    }
    left -= bytes;
    ready -= bytes;
    return true;
  }
}
