package dev.capstan.security.tls;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs refused peers, one a second at most: whoever can connect could fill the disk otherwise. */
final class RefusalLog implements Consumer<RefusedPeerException> {
  private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoTime;
  private final AtomicLong next;
  private final AtomicLong silent = new AtomicLong();

  RefusalLog(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.next = new AtomicLong(nanoTime.getAsLong());
  }

  @Override
  public void accept(RefusedPeerException refusal) {
    long now = nanoTime.getAsLong();
    long due = next.get();
    if (now - due < 0 || !next.compareAndSet(due, now + PAUSE_NANOS)) {
      silent.incrementAndGet();
      return;
    }
    LOG.warn(
        "Refused a connection ({}; {} more since the last such line): {}",
        refusal.reason(),
        silent.getAndSet(0),
        refusal.getMessage());
  }
}
