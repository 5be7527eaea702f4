package dev.capstan.server.nodes;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.node.env.Clock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attempts of which nodes say something although they are not theirs, or no longer: all are
 * counted, and each is written to the audit as long as they are not too many. So a node that
 * repeats itself can't fill the log; the next entry says how many were left out. Any thread.
 */
final class StaleReports {
  private static final Logger LOG = LoggerFactory.getLogger(StaleReports.class);

  /** Audited at a time, and within {@link #REFILL_NANOS} in the long run. */
  private static final int ALLOWED = 100;

  private static final long REFILL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Clock clock;
  private long count;
  private long omitted;
  private int allowed = ALLOWED;
  private long refilledNanos;

  StaleReports(Clock clock) {
    this.clock = clock;
    this.refilledNanos = clock.nanos();
  }

  /** How many there were. */
  synchronized long count() {
    return count;
  }

  /** Of these attempts a node says what counts for nothing. */
  void refused(PartitionRequests partition, String node, Collection<AttemptToken> tokens) {
    if (tokens.isEmpty()) {
      return;
    }
    LOG.debug("Node {} reported attempts that it does not hold: {}", node, tokens);
    List<AttemptToken> audited;
    long leftOut;
    synchronized (this) {
      count += tokens.size();
      audited = tokens.stream().limit(allowance()).toList();
      allowed -= audited.size();
      omitted += tokens.size() - audited.size();
      leftOut = audited.isEmpty() ? 0 : omitted;
      omitted -= leftOut;
    }
    if (!audited.isEmpty()) {
      audit(partition, node, audited, leftOut);
    }
  }

  private int allowance() {
    long now = clock.nanos();
    long refill = (now - refilledNanos) / (REFILL_NANOS / ALLOWED);
    if (refill > 0) {
      allowed = (int) Math.min(ALLOWED, allowed + refill);
      refilledNanos = now;
    }
    return allowed;
  }

  private static void audit(
      PartitionRequests partition, String node, List<AttemptToken> tokens, long leftOut) {
    CompletableFuture<Boolean> _ =
        partition
            .transact(view -> {
              for (AttemptToken token : tokens) {
                view.audit(
                    "node:" + node,
                    "attempt.report",
                    token.execution() + "#" + token.task(),
                    "refused",
                    detail(token, token.equals(tokens.getLast()) ? leftOut : 0));
              }
              return true;
            })
            .exceptionally(failure -> {
              if (!(failure instanceof Refusal)) {
                LOG.warn("A stale report could not be audited: {}", failure.getMessage());
              }
              return false;
            });
  }

  private static String detail(AttemptToken token, long leftOut) {
    String detail =
        "attempt %d under epoch %d is not one that the node holds"
            .formatted(token.attempt(), token.epoch());
    return leftOut == 0 ? detail : detail + "; " + leftOut + " more were not written down";
  }
}
