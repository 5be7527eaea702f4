package dev.capstan.server.work;

/** A task that a worker has. Guarded by its {@link HostedWorker}. */
final class HeldWork {
  final long leaseNanos;
  long leaseEnd;

  /** Its result is on its way to be durable: it is not taken away meanwhile. */
  boolean reporting;

  HeldWork(long leaseNanos, long now) {
    this.leaseNanos = leaseNanos;
    renew(now);
  }

  void renew(long now) {
    leaseEnd = now + leaseNanos;
  }

  boolean isOver(long now) {
    return !reporting && now - leaseEnd > 0;
  }
}
