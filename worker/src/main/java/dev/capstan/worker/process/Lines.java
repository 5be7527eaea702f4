package dev.capstan.worker.process;

import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program's output, line by line. Holds few lines: a program that says more than is asked for
 * waits. Written by one thread, read by one, closed by any.
 */
final class Lines implements Pump.Sink {

  private static final long LOOK_MILLIS = 100;

  private final int limit;

  /** Empty at the end. One place: lines may be large. */
  private final BlockingQueue<Optional<byte[]>> queue = new ArrayBlockingQueue<>(1);

  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private volatile boolean overflowed;
  private volatile boolean closed;

  /** Lines of so many bytes at most; after a longer one nothing more is read. */
  Lines(int limit) {
    this.limit = limit;
  }

  @Override
  public void take(byte[] bytes, int length) {
    int from = 0;
    for (int i = 0; i < length && !closed; i++) {
      if (bytes[i] == '\n') {
        append(bytes, from, i);
        complete();
        from = i + 1;
      }
    }
    append(bytes, from, length);
  }

  private void append(byte[] bytes, int from, int to) {
    if (closed) {
      return;
    }
    if (to - from > limit - line.size()) {
      overflowed = true;
      hand(Optional.empty());
      closed = true;
      return;
    }
    line.write(bytes, from, to - from);
  }

  private void complete() {
    if (!closed) {
      hand(Optional.of(line.toByteArray()));
      line.reset();
    }
  }

  @Override
  public void end() {
    hand(Optional.empty());
  }

  private void hand(Optional<byte[]> next) {
    try {
      boolean taken = false;
      while (!taken && !closed) {
        taken = queue.offer(next, LOOK_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      closed = true;
      Thread.currentThread().interrupt();
    }
  }

  /** The next line without its end; null when there is none. */
  byte @Nullable [] next() throws InterruptedException {
    return queue.take().orElse(null);
  }

  /** Whether a line was too long. */
  boolean overflowed() {
    return overflowed;
  }

  int limit() {
    return limit;
  }

  /** Nobody reads any more. */
  void close() {
    closed = true;
  }
}
