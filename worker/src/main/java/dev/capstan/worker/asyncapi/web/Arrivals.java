package dev.capstan.worker.asyncapi.web;

import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Messages that came and wait to be asked for, and then why no more come. Any thread. */
final class Arrivals {

  private final Queue<WireMessage> waiting = new ArrayDeque<>();
  private final int most;
  private @Nullable IOException end;
  private boolean closed;

  /**
   * @param most how many wait before no more are taken
   */
  Arrivals(int most) {
    this.most = most;
  }

  /** Adds a message; whether there is room for more. */
  synchronized boolean add(WireMessage message) {
    waiting.add(message);
    notifyAll();
    return waiting.size() < most;
  }

  /** Adds a message when there is room for it; whether somebody may still want it. */
  synchronized boolean await(WireMessage message) throws InterruptedException {
    while (waiting.size() >= most && !closed) {
      wait();
    }
    if (!closed) {
      boolean _ = add(message);
    }
    return !closed;
  }

  /** No more come. */
  synchronized void end(IOException why) {
    if (end == null) {
      end = why;
    }
    notifyAll();
  }

  /** Nobody wants more. */
  synchronized void close() {
    closed = true;
    waiting.clear();
    notifyAll();
  }

  /**
   * The next message; null when none came in time.
   *
   * @throws IOException when no more come
   */
  synchronized @Nullable WireMessage next(Duration limit) throws IOException, InterruptedException {
    long until = System.nanoTime() + limit.toNanos();
    while (waiting.isEmpty()) {
      if (end != null) {
        throw end;
      }
      long left = until - System.nanoTime();
      if (left <= 0) {
        return null;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    WireMessage next = waiting.remove();
    notifyAll();
    return next;
  }

  synchronized boolean hasRoom() {
    return waiting.size() < most;
  }
}
