package dev.capstan.server.partition;

import dev.capstan.core.placement.Claim;
import java.util.HashMap;
import java.util.Map;

/**
 * How fast tasks started, by the keys of their rates: a bucket that fills evenly, kept as the one
 * instant at which it is full again. Starts are not stored, so a new leader does not know them; it
 * takes every bucket to be empty at first, which may hold tasks back a little and never lets too
 * many start. Owned by the partition's thread.
 */
final class Rates {
  private static final int KEPT = 10_000;

  private final Map<String, Long> fullNanos = new HashMap<>();
  private long beginNanos;
  private boolean emptyAtFirst;
  private int tidyAt = KEPT;

  void begin(long nowNanos, boolean nothingBefore) {
    beginNanos = nowNanos;
    emptyAtFirst = !nothingBefore;
  }

  /** When the next task of a rate may start; not after {@code nowNanos} if it may now. */
  long nextNanos(Claim.Rate rate, long nowNanos) {
    long share = share(rate);
    return full(rate, nowNanos) - share * (rate.limit() - 1);
  }

  /** Takes one start out of the bucket. */
  void started(Claim.Rate rate, long nowNanos) {
    fullNanos.put(rate.key(), full(rate, nowNanos) + share(rate));
    if (fullNanos.size() > tidyAt) {
      fullNanos.values().removeIf(full -> full <= nowNanos);
      tidyAt = Math.max(KEPT, 2 * fullNanos.size());
    }
  }

  /** When the bucket is full, not before now. */
  private long full(Claim.Rate rate, long nowNanos) {
    Long known = fullNanos.get(rate.key());
    if (known != null) {
      return Math.max(known, nowNanos);
    }
    return emptyAtFirst ? Math.max(beginNanos + share(rate) * rate.limit(), nowNanos) : nowNanos;
  }

  /** How long it takes until there is one more in the bucket; rounded up. */
  private static long share(Claim.Rate rate) {
    return Math.ceilDiv(rate.per().toNanos(), rate.limit());
  }

  void clear() {
    fullNanos.clear();
  }
}
