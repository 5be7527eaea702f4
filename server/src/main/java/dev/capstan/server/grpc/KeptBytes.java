package dev.capstan.server.grpc;

import java.util.concurrent.atomic.AtomicLong;

/** Bounds what all streams keep of requests that other coordinators carry out. Any thread. */
final class KeptBytes {
  private final long most;
  private final AtomicLong kept = new AtomicLong();

  KeptBytes(long most) {
    this.most = most;
  }

  /** Whether there is room for so many more; then they are taken. */
  boolean take(int bytes) {
    if (kept.addAndGet(bytes) > most) {
      kept.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void give(long bytes) {
    kept.addAndGet(-bytes);
  }

  long most() {
    return most;
  }
}
