package dev.capstan.server.partition;

import dev.capstan.core.placement.Claim;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What may hold back tasks that name the same limits. Owned by the partition's thread. */
final class Gate {
  final Limits limits;
  final Set<Stall> stalls = new LinkedHashSet<>();

  /** When the rate opens it; {@link Long#MAX_VALUE} if not time but an end of an attempt does. */
  long opensNanos = Long.MAX_VALUE;

  private boolean closed;

  /** The limits that tasks name; both null for none. */
  record Limits(Claim.@Nullable Concurrency concurrency, Claim.@Nullable Rate rate) {
    static Limits of(Claim claim) {
      return new Limits(claim.concurrency(), claim.rate());
    }
  }

  Gate(Limits limits) {
    this.limits = limits;
  }

  boolean isClosed() {
    return closed;
  }

  void close(boolean shut) {
    if (closed != shut) {
      closed = shut;
      stalls.forEach(Stall::reseat);
    }
  }
}
