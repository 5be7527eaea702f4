package dev.capstan.worker;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * One stream of a running program on its way to people. Many small writes become one chunk, at most
 * 50 chunks a second; the first bytes after a silence go at once. What the allowance does not cover
 * is left out, and the text says so.
 */
final class StreamedOutput {

  private static final int CHUNK_BYTES = 16 * 1024;

  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Allowance allowance;
  private final Predicate<byte[]> sink;
  private final Counters counters;
  private final ScheduledExecutorService timer;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private long emittedNanos = System.nanoTime() - INTERVAL_NANOS;
  private long leftOut;
  private boolean scheduled;

  /**
   * A stream into {@code sink}, which says whether it took the bytes.
   *
   * @param allowance shared by the streams of one attempt
   */
  StreamedOutput(
      Allowance allowance,
      Predicate<byte[]> sink,
      Counters counters,
      ScheduledExecutorService timer) {
    this.allowance = allowance;
    this.sink = sink;
    this.counters = counters;
    this.timer = timer;
  }

  synchronized void write(byte[] bytes, int offset, int length) {
    int from = offset;
    int end = offset + length;
    while (from < end) {
      int part = Math.min(end - from, CHUNK_BYTES - pending.size());
      pending.write(bytes, from, part);
      from += part;
      if (pending.size() == CHUNK_BYTES) {
        emit();
      }
    }
    if (pending.size() > 0 && !scheduled) {
      emitSoon();
    }
  }

  /** Sends what is left, and says what was left out. Called when the program has ended. */
  synchronized void finish() {
    emit();
    if (leftOut > 0) {
      boolean _ = sink.test(notice());
      leftOut = 0;
    }
  }

  private void emitSoon() {
    long wait = emittedNanos + INTERVAL_NANOS - System.nanoTime();
    if (wait <= 0 || timer.isShutdown()) {
      emit();
    } else {
      scheduled = true;
      Future<?> _ = timer.schedule(this::emitScheduled, wait, TimeUnit.NANOSECONDS);
    }
  }

  private synchronized void emitScheduled() {
    scheduled = false;
    emit();
  }

  private void emit() {
    if (pending.size() == 0) {
      return;
    }
    byte[] bytes = pending.toByteArray();
    pending.reset();
    long now = System.nanoTime();
    emittedNanos = now;
    if (allowance.take(bytes.length, now)
        && sink.test(leftOut == 0 ? bytes : joined(notice(), bytes))) {
      leftOut = 0;
    } else {
      leftOut += bytes.length;
      counters.outputBytesDropped.add(bytes.length);
    }
  }

  private byte[] notice() {
    return ("\n[capstan: " + leftOut + " bytes of output left out]\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = new byte[first.length + second.length];
    System.arraycopy(first, 0, both, 0, first.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
